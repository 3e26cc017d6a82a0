package org.tresccad.client.tresccad;

import java.util.Optional;

/**
 * A cloud to which a host can move instances.
 *
 * @param kind tresccad or openstack
 * @param reachable whether it answered lately
 * @param allowed whether policy lets us move there
 * @param reason why not, when one of them is false
 */
public record Destination(
        String name, Optional<String> kind, boolean reachable, boolean allowed, Optional<String> reason) {}
