package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /tresccad/v1/destinations}: {@code {"destinations": [{"name": "b", "kind": "tresccad", "reachable": true,
 * "allowed": true, "reason": null, "predicted": {"interruption_seconds": 2.1, "total_seconds": 3.4}}]}}.
 */
public record DestinationsView(List<Entry> destinations) {
    /**
     * A place the guest could go to.
     *
     * @param kind {@code tresccad}, {@code openstack} or {@code unknown}
     * @param allowed whether a request for it would be accepted, as far as the rules go
     * @param reason why it is not allowed or not reachable
     * @param predicted null while no move there was measured
     */
    public record Entry(
            String name,
            String kind,
            boolean reachable,
            boolean allowed,
            Optional<String> reason,
            Optional<Predicted> predicted) {}

    /** What a move there would cost. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Predicted(double interruptionSeconds, double totalSeconds) {}
}
