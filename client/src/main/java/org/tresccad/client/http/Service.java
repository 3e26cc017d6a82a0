package org.tresccad.client.http;

/** The services we talk to, with their types in the catalog. */
public enum Service {
    /** Keystone v3. */
    IDENTITY("identity"),
    /** Nova v2.1. */
    COMPUTE("compute"),
    /** Glance v2. */
    IMAGE("image"),
    /** Neutron v2.0; tresccad hosts have none. */
    NETWORK("network"),
    /** tresccad's own routes, on the host and port of its compute service, below {@code /tresccad/v1}. */
    TRESCCAD("compute");

    private final String type;

    Service(String type) {
        this.type = type;
    }

    String type() {
        return type;
    }
}
