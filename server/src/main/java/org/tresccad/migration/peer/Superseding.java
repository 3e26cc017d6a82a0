package org.tresccad.migration.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import org.tresccad.client.Cloud;
import org.tresccad.handover.Epoch;

/** How a host is told that what it had was reclaimed elsewhere. */
final class Superseding {
    private Superseding() {}

    static void tell(Cloud cloud, Epoch given, UUID nonce, Epoch raised) {
        cloud.tresccad()
                .put(
                        HandoverWire.path(given) + "/superseded",
                        new HandoverWire.SupersededRequest(nonce, raised.number()),
                        JsonNode.class);
    }
}
