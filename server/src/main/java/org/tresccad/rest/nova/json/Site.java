package org.tresccad.rest.nova.json;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What this host is called in the compute API.
 *
 * @param host the host's name
 * @param zone the one availability zone
 * @param networkName the guest network's label
 */
public record Site(String host, String zone, String networkName) {
    /** The guest network's id: made from the host's name, so that it survives restarts. */
    public UUID networkId() {
        return id("network");
    }

    /** The id of the network's one subnet. */
    public UUID subnetId() {
        return id("subnet");
    }

    /** The id of the compute service and of its hypervisor (2.53). */
    public UUID serviceId() {
        return id("service");
    }

    private UUID id(String what) {
        return UUID.nameUUIDFromBytes(("tresccad " + what + " " + host).getBytes(StandardCharsets.UTF_8));
    }
}
