package org.tresccad.client.network;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A card's place in a network; {@code deviceId} is the server that has it, empty for none. */
public record Port(
        String id,
        String name,
        @JsonProperty("network_id") String networkId,
        @JsonProperty("mac_address") String mac,
        @JsonProperty("device_id") String deviceId,
        @JsonProperty("fixed_ips") List<FixedIp> fixedIps) {
    /** What lacks is empty. */
    public Port {
        name = text(name);
        deviceId = text(deviceId);
        fixedIps = List.copyOf(fixedIps);
    }

    /** One address. */
    public record FixedIp(@JsonProperty("ip_address") String address) {}

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
