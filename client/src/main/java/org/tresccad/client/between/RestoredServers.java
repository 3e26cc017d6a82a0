package org.tresccad.client.between;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Poll;

/** Servers that a cloud makes of a package. */
final class RestoredServers {
    /** The item of a server's metadata by which the plugin knows the package; it is gone once the guest runs. */
    private static final String RESTORED_FROM = "tresccad_restore";

    private static final Duration PACE = Duration.ofSeconds(1);

    private final Cloud cloud;
    private final Duration patience;
    private final Cancellation cancellation;

    RestoredServers(Cloud cloud, Duration patience, Cancellation cancellation) {
        this.cloud = cloud;
        this.patience = patience;
        this.cancellation = cancellation;
    }

    /**
     * Has it restored, unless that is under way since an earlier request, and waits until the guest is there.
     *
     * @param reasons why it is not restored yet, for its owner
     * @throws ResourceFailed when that ends in ERROR
     */
    Server restore(String imageId, Consumer<String> reasons) {
        Optional<Server> begun = Optional.empty();
        for (Server server : of(imageId)) {
            if (server.status().equals("ERROR")) {
                // It keeps what the next one needs: the port with the guest's MAC.
                delete(server);
            } else {
                begun = Optional.of(server);
            }
        }
        String id = begun.map(Server::id)
                .orElseGet(() -> cloud.compute().restore(imageId, Map.of(), patience, reasons, cancellation));
        String what = "restore image " + imageId + " as instance " + id;
        return new Poll(cloud.name(), what, patience, PACE, cancellation)
                .until(
                        () -> {
                            Server seen = cloud.compute().server(id);
                            if (seen.status().equals("ERROR")) {
                                throw new ResourceFailed(cloud.name(), what, seen.status(), seen.faultText());
                            }
                            return seen;
                        },
                        // One that was paused is so again.
                        seen -> (seen.status().equals("ACTIVE") || seen.status().equals("PAUSED"))
                                && seen.taskState().isEmpty(),
                        Server::status);
    }

    /** Those that are still to become what the package holds, or failed to. */
    List<Server> of(String imageId) {
        return cloud.compute().servers().stream()
                .filter(server -> imageId.equals(server.metadata().get(RESTORED_FROM)))
                .toList();
    }

    /** Deletes one and waits until it is gone. */
    void delete(Server server) {
        try {
            cloud.compute().delete(server.id());
            new Poll(cloud.name(), "delete instance " + server.id(), patience, PACE, cancellation)
                    .until(() -> isThere(server.id()), there -> !there, there -> "it is still there");
        } catch (CloudNotFound gone) {
            // As wanted.
        }
    }

    private boolean isThere(String id) {
        try {
            return !cloud.compute().server(id).status().equals("DELETED");
        } catch (CloudNotFound gone) {
            return false;
        }
    }
}
