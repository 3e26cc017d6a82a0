package org.tresccad.cli;

import java.time.Duration;
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
        description = "Let a saved instance run again, from the very instruction where it was frozen.",
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac restore web-package", "  tresccac --cloud edge restore web-package --name web2"})
final class RestoreCommand extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "The package: id or name of an image.")
    private String image = "";

    @Option(names = "--name", paramLabel = "NAME", description = "A new name; default: the one it had.")
    private Optional<String> name = Optional.empty();

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
            String id = cloud.compute()
                    .restore(imageId, name.map(given -> Map.of("name", given)).orElse(Map.of()));
            if (!wait) {
                app().print(Map.of("id", id), "Restoring as instance " + id);
                return;
            }
            Server server = cloud.compute().await(id, "ACTIVE", timeout, app().cancellation());
            app().print(
                            Views.server(cloud.name(), server),
                            "Instance " + server.name() + " (" + id + ") runs at " + cloud.name());
        }
    }
}
