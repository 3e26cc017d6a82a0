package org.tresccad.client.compute;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A size: {@code {"id": "1", "name": "small", "vcpus": 1, "ram": 512, "disk": 1}}; memory in MiB, disk in GiB. */
public record Flavor(
        String id,
        String name,
        int vcpus,
        @JsonProperty("ram") long ramMib,
        @JsonProperty("disk") long diskGib) {
    private static final long GIB = 1L << 30;

    /** Checks that it can be referred to. */
    public Flavor {
        require(id, "id");
        require(name, "name");
    }

    /** Whether a guest of exactly these vCPUs and MiB goes into it, with its disk; a flavor of 0 GiB takes any. */
    public boolean fits(int guestVcpus, long guestMib, long diskBytes) {
        return vcpus == guestVcpus && ramMib == guestMib && (diskGib == 0 || diskGib * GIB >= diskBytes);
    }

    private static void require(@Nullable String value, String field) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("a flavor without " + field);
        }
    }
}
