package org.tresccad.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac restore}. */
@Command(
        name = "restore",
        description = {
            "Let a saved instance run again, from the very instruction where it was frozen.",
            "A package runs once. With --clone another instance begins from it, with an identity and addresses of its"
                    + " own, as often as you like and whatever became of the saved one."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac restore web-package",
            "  tresccac --cloud edge restore web-package --name web2",
            "  tresccac restore web-package --clone --name web-copy"
        })
final class RestoreCommand extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "The package: id or name of an image.")
    private String image = "";

    @Option(names = "--name", paramLabel = "NAME", description = "A new name; default: the one it had.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--clone", description = "As another instance; the saved one may run, too.")
    private boolean clone;

    @Option(
            names = "--wait",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "End when it runs (the default); or only ask.")
    private boolean wait = true;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30m",
            converter = Units.DurationConverter.class,
            description = "Wait at most this long (90s, 5m, 2h; default 30m).")
    private Duration timeout = Duration.ofMinutes(30);

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            String imageId = cloud.images().find(image).id();
            Map<String, Object> options = new HashMap<>();
            name.ifPresent(given -> options.put("name", given));
            if (clone) {
                options.put("clone", true);
            }
            if (!wait) {
                String id = cloud.compute().restore(imageId, options);
                app().print(Map.of("id", id), "Restoring as instance " + id);
                return;
            }
            long begun = System.nanoTime();
            String id = cloud.compute()
                    .restore(
                            imageId,
                            options,
                            timeout,
                            reason -> app().terminal().note(reason),
                            app().cancellation());
            Duration left = timeout.minusNanos(System.nanoTime() - begun);
            Server server = cloud.compute().await(id, "ACTIVE", left, app().cancellation());
            app().print(
                            Views.server(cloud.name(), server),
                            "Instance " + server.name() + " (" + id + ") runs at " + cloud.name());
        }
    }
}
