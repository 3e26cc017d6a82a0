package org.tresccad.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.tresccad.client.Cloud;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac delete}. */
@Command(
        name = "delete",
        description = "Delete instances, or images, with everything they hold. There is no way back.",
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac delete web --wait", "  tresccac delete --image old-package"})
final class DeleteCommand extends Subcommand {
    @Parameters(arity = "1..*", paramLabel = "ID", description = "Ids or names.")
    private List<String> ids = List.of();

    @Option(names = "--image", description = "They are images.")
    private boolean image;

    @Option(names = "--wait", description = "End when the instances are gone.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "2m",
            converter = Units.DurationConverter.class,
            description = "With --wait: at most this long for each (90s, 5m, 2h; default 2m).")
    private Duration timeout = Duration.ofMinutes(2);

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            for (String given : ids) {
                String id = image
                        ? cloud.images().find(given).id()
                        : cloud.compute().find(given).id();
                if (image) {
                    cloud.images().delete(id);
                } else {
                    cloud.compute().delete(id);
                    if (wait) {
                        cloud.compute().awaitGone(id, timeout, app().cancellation());
                    }
                }
                app().print(Map.of("deleted", id), "Deleted " + id);
            }
        }
    }
}
