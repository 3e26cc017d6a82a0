package org.tresccad.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tresccac reclaim}. */
@Command(
        name = "reclaim",
        description = {
            "Let an instance run although the host that decides about it is lost for ever: one that has arrived and"
                    + " waits for its home, one that was moved away to a host that is no more, or a package whose home"
                    + " is gone.",
            "The only command that can make two of one instance: if that host is not lost, what it has of the instance"
                    + " runs on until it hears of this, and is then stopped for good. A host that answers is obeyed"
                    + " instead."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac --cloud edge reclaim web",
            "  tresccac --cloud edge reclaim web-package --yes-i-am-sure web"
        })
final class ReclaimCommand extends Subcommand {
    @Parameters(
            paramLabel = "INSTANCE|PACKAGE",
            description = "Id or name of an instance; or, when there is none, of an image that holds a package.")
    private String subject = "";

    @Option(
            names = "--yes-i-am-sure",
            paramLabel = "NAME",
            description = "The instance's name, for scripts; without it you are asked to type it.")
    private Optional<String> sure = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30m",
            converter = Units.DurationConverter.class,
            description = "Wait at most this long until it runs (90s, 5m, 2h; default 30m).")
    private Duration timeout = Duration.ofMinutes(30);

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            String id = begin(cloud);
            Server server = cloud.compute().await(id, "ACTIVE", timeout, app().cancellation());
            app().print(
                            Views.server(cloud.name(), server),
                            "Instance " + server.name() + " (" + id + ") is reclaimed and runs at " + cloud.name());
        }
    }

    private String begin(Cloud cloud) {
        Optional<Server> waiting = instance(cloud);
        if (waiting.isPresent()) {
            String id = waiting.get().id();
            cloud.tresccad().reclaim(id, confirmed(waiting.get().name()));
            return id;
        }
        Image image = cloud.images().find(subject);
        return cloud.compute()
                .restore(image.id(), Map.of("reclaim", confirmed(image.name().orElse(subject))));
    }

    private Optional<Server> instance(Cloud cloud) {
        try {
            return Optional.of(cloud.compute().find(subject));
        } catch (CloudNotFound noInstance) {
            return Optional.empty();
        }
    }

    /** The cloud compares it with the instance's name. */
    private String confirmed(String shown) {
        String name = sure.orElseGet(() -> {
            app().terminal()
                    .note("If the host that decides about " + shown + " is not lost for ever, there may be two of it.");
            return app().terminal()
                    .typed("Type the instance's name to reclaim it", "--yes-i-am-sure NAME")
                    .strip();
        });
        if (name.isEmpty()) {
            throw new ParameterException(app().commandLine(), "Nothing was typed; nothing is reclaimed.");
        }
        return name;
    }
}
