package org.tresccad.migration;

/**
 * A place an instance of some project can be moved to.
 *
 * @param name the cloud's name, as this host knows it
 * @param kind {@code tresccad} or {@code openstack}, {@code unknown} while it does not answer
 * @param isReachable whether it answered just now
 * @param reason why it is not reachable; empty when it is
 */
public record Destination(String name, String kind, boolean isReachable, String reason) {
    /** The kind of a cloud that is an OpenStack. */
    public static final String OPENSTACK = "openstack";
}
