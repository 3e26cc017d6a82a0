package org.tresccad.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.handover.Decision;
import org.tresccad.client.handover.FrozenEpoch;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Poll;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import org.tresccad.client.tresccad.PackageManifest;

/**
 * A move out of an OpenStack: the server is saved into a package that is addressed to a host, and the host fetches it. Only
 * the cloud is asked how far that is, for the host may be where nobody can call it.
 *
 * @param destination a configured cloud that is a tresccad host, or such a host's own name
 */
record MoveHome(Tresccac app, Cloud from, Server server, String destination) {
    private static final Duration PACE = Duration.ofSeconds(1);

    /** Asks, and watches until the guest runs at the host, if that is wanted. */
    void run(boolean wait, Duration timeout) {
        String host = hostName();
        String imageId = from.compute().saveFor(server.id(), host);
        if (!wait) {
            app.print(
                    Map.of("image", imageId, "host", host),
                    "Saving into image " + imageId + " for host " + host + ", which fetches it");
            return;
        }
        try (TransferDisplay display = app.display(server.name() + " " + from.name() + " -> " + host)) {
            display.phase("SAVING");
            from.images().awaitActive(imageId, timeout, display, app.cancellation());
            FrozenEpoch epoch = epoch(imageId);
            display.phase("WAITING FOR " + host);
            awaitRunning(imageId, epoch, host, timeout);
        } catch (TransferCancelled | CloudTimeout stopped) {
            app.terminal()
                    .note("No longer watching. Image " + imageId + " at " + from.name() + " is for host " + host
                            + ", which fetches it when it can.");
            throw stopped;
        }
        app.print(
                Map.of("instance", server.name(), "host", host, "image", imageId),
                "Instance " + server.name() + " runs at " + host);
    }

    /** What the host calls itself: packages are addressed by that. */
    private String hostName() {
        if (!app.clouds().names().contains(destination)) {
            return destination;
        }
        try (Cloud to = app.open(app.clouds().cloud(destination))) {
            return to.tresccad().host().name().orElse(destination);
        }
    }

    private FrozenEpoch epoch(String imageId) {
        String what = "read the manifest of image " + imageId;
        try (InputStream data = from.images()
                .download(
                        imageId,
                        new DownloadOptions(false, false, Optional.empty()),
                        new Watch(Progress.NONE, app.cancellation()))) {
            return PackageManifest.read(data)
                    .flatMap(PackageManifest::epoch)
                    .orElseThrow(() -> new CloudProtocolError(from.name(), what, "it is no package"));
        } catch (IOException broken) {
            throw new CloudProtocolError(from.name(), what, "it ended early", broken);
        }
    }

    private void awaitRunning(String imageId, FrozenEpoch epoch, String host, Duration timeout) {
        String what = "see " + server.name() + " run at " + host;
        String[] shown = {""};
        Optional<Decision> end = new Poll(from.name(), what, timeout, PACE, app.cancellation())
                .until(
                        () -> {
                            Optional<Decision> decided = from.register().find(epoch);
                            complaint(imageId)
                                    .filter(text -> !text.equals(shown[0]))
                                    .ifPresent(text -> {
                                        shown[0] = text;
                                        app.terminal().note(host + ": " + text);
                                    });
                            return decided;
                        },
                        decided -> decided.filter(MoveHome::isOver).isPresent(),
                        decided -> decided.isPresent() ? "claimed" : "nobody has fetched it yet");
        if (!(end.orElseThrow() instanceof Decision.Claimed)) {
            throw new ResourceFailed(
                    from.name(), what, "withdrawn", "The guest was taken back; see the server's actions at the cloud.");
        }
    }

    private static boolean isOver(Decision decision) {
        return !(decision instanceof Decision.Claimed claimed) || claimed.isRunning();
    }

    /** Why the host could not take it yet. */
    private Optional<String> complaint(String imageId) {
        try {
            Image image = from.images().get(imageId);
            return Optional.ofNullable(image.properties().get("tresccad_inbox_error"));
        } catch (CloudNotFound taken) {
            return Optional.empty();
        }
    }
}
