package org.tresccad.cli;

import java.time.Duration;
import java.util.Map;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac save}. */
@Command(
        name = "save",
        description = {
            "Freeze an instance, memory and all, into a package in the image service. It then no longer runs.",
            "Ctrl-C ends the watching, not the saving."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac save web", "  tresccac restore $(tresccac save web --json | jq -r .id)"})
final class SaveCommand extends Subcommand {
    @Parameters(paramLabel = "INSTANCE", description = "Id or name.")
    private String instance = "";

    @Option(
            names = "--wait",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "End when the package is complete (the default); or only ask.")
    private boolean wait = true;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Units.DurationConverter.class,
            description = "Wait at most this long (90s, 5m, 2h; default 1h).")
    private Duration timeout = Duration.ofHours(1);

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            Server server = cloud.compute().find(instance);
            String imageId = cloud.compute().save(server.id());
            if (!wait) {
                app().print(Map.of("id", imageId), "Saving into image " + imageId);
                return;
            }
            Image saved;
            try (TransferDisplay display = app().display("save " + server.name())) {
                saved = cloud.images().awaitActive(imageId, timeout, display, app().cancellation());
            } catch (CloudNotFound withdrawn) {
                throw failed(cloud, server, withdrawn);
            }
            app().print(
                            Views.image(cloud.name(), saved),
                            "Saved " + server.name() + " as image " + imageId + ", "
                                    + Units.bytes(saved.content().sizeBytes().orElse(0)));
        }
    }

    /** A save that fails takes its image back and lets the instance run on. */
    private static ResourceFailed failed(Cloud cloud, Server saved, CloudNotFound withdrawn) {
        String state;
        try {
            state = cloud.compute().server(saved.id()).status();
        } catch (CloudNotFound gone) {
            withdrawn.addSuppressed(gone);
            state = "deleted";
        }
        ResourceFailed failure = new ResourceFailed(
                cloud.name(),
                "save instance " + saved.name(),
                state,
                "its package was given up, unfinished; the log of the host has the reason.");
        failure.addSuppressed(withdrawn);
        return failure;
    }
}
