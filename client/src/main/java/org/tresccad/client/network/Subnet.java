package org.tresccad.client.network;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A range of addresses of a network: {@code {"id": .., "network_id": .., "ip_version": 4, "cidr": "192.0.2.0/24"}}. */
public record Subnet(
        String id,
        @JsonProperty("network_id") String networkId,
        @JsonProperty("ip_version") int version,
        String cidr) {
    /** Whether {@code address} is one of its IPv4 addresses. */
    public boolean contains(String address) {
        return version == 4 && Cidr.parse(cidr).contains(address);
    }
}
