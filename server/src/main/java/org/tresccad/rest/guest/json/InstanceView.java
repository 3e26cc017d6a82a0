package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * {@code GET /tresccad/v1/instance}: {@code {"id": "0d5e...", "name": "web", "lineage": "6f0c...", "epoch": 2,
 * "status": "ACTIVE", "task": null, "location": {"host": "a", "region": "RegionOne", "zone": "nova"},
 * "thawed": {"at": "2026-11-20T12:00:04Z", "gap_seconds": 3.812}}}.
 *
 * @param id on this host; another host gives another
 * @param status Nova's
 * @param task Nova's task state; null when nothing is being done
 * @param thawed when the guest ran on here; null when it never came here frozen
 */
public record InstanceView(
        String id,
        String name,
        String lineage,
        long epoch,
        String status,
        Optional<String> task,
        Place location,
        Optional<Thawed> thawed) {
    /** Where the guest is. */
    public record Place(String host, String region, String zone) {}

    /**
     * The last thaw.
     *
     * @param gapSeconds for how long the guest stood still, by the clocks of both hosts
     */
    public record Thawed(
            String at, @JsonProperty("gap_seconds") double gapSeconds) {}
}
