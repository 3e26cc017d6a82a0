package org.tresccad.rest.tresccad.json;

import java.util.List;

/**
 * {@code {"destinations": [{"name": "hostB", "kind": "tresccad", "reachable": true, "allowed": true, "reason": ""}]}}.
 */
public record DestinationsResponse(List<DestinationView> destinations) {
    /** One destination. */
    public record DestinationView(String name, String kind, boolean reachable, boolean allowed, String reason) {}
}
