package org.tresccad.client.compute;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What a project has left of its quota (Nova's {@code GET /limits}); a limit of -1 is none. */
public record Limits(JsonNode absolute) {
    /** What one more instance of that size would not get, if anything: {@code instance}, {@code vCPUs}, {@code memory}. */
    public Optional<String> shortage(int vcpus, long memoryMib) {
        if (isShort("maxTotalInstances", "totalInstancesUsed", 1)) {
            return Optional.of("instance");
        }
        if (isShort("maxTotalCores", "totalCoresUsed", vcpus)) {
            return Optional.of("vCPUs");
        }
        return isShort("maxTotalRAMSize", "totalRAMUsed", memoryMib) ? Optional.of("memory") : Optional.empty();
    }

    private boolean isShort(String limit, String used, long more) {
        long most = absolute.path(limit).asLong(-1);
        return most >= 0 && absolute.path(used).asLong(0) + more > most;
    }
}
