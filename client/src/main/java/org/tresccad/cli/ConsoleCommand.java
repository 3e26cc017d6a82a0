package org.tresccad.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Compute;
import org.tresccad.client.error.CloudNotFound;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tresccac console}. */
@Command(
        name = "console",
        description = "Show what an instance wrote on its console. Control characters are not let through.",
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac console web --lines 20", "  tresccac console web --follow"})
final class ConsoleCommand extends Subcommand {
    private static final Duration PACE = Duration.ofSeconds(1);

    @Parameters(paramLabel = "INSTANCE", description = "Id or name.")
    private String instance = "";

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            description = "Only the last N lines.")
    private Optional<Integer> lines = Optional.empty();

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what comes, until Ctrl-C or until the instance is gone.")
    private boolean follow;

    @Override
    void execute() {
        if (follow && app().json()) {
            throw new ParameterException(app().commandLine(), "--follow has no end, so it has no --json either");
        }
        try (Cloud cloud = app().cloud()) {
            Compute compute = cloud.compute();
            String id = compute.find(instance).id();
            String log = compute.console(id, lines.map(OptionalInt::of).orElseGet(OptionalInt::empty));
            if (!follow) {
                app().print(Map.of("id", id, "output", log), Terminal.printable(log));
                return;
            }
            follow(compute, id, log);
        }
    }

    private void follow(Compute compute, String id, String first) {
        write(first);
        ConsoleTail tail = new ConsoleTail();
        tail.fresh(first);
        try {
            while (!app().cancellation().sleep(PACE)) {
                write(tail.fresh(compute.console(id, OptionalInt.empty())));
            }
        } catch (CloudNotFound gone) {
            app().terminal().note("Instance " + id + " is no longer here.");
        }
    }

    private void write(String text) {
        app().terminal().out().print(Terminal.printable(text));
        app().terminal().out().flush();
    }
}
