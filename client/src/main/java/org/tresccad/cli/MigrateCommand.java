package org.tresccad.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.tresccad.Destination;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tresccac migrate}. */
@Command(
        name = "migrate",
        description = {
            "Move a running instance from one cloud to another. The source does it; this command asks and watches.",
            "Out of an OpenStack (with tresccad's plugin) it goes to a tresccad host that has that cloud as an inbox; the"
                    + " host need not be reachable.",
            "From one OpenStack to another (both with the plugin) this command does it: the server is saved, its package"
                    + " copied, and restored there. Ctrl-C then takes it back; after a kill --package goes on.",
            "Otherwise Ctrl-C ends the watching, not the move; to end the move: tresccac migrations --cancel MOVE.",
            "",
            "In mode cold this command does it, by the public APIs of both clouds alone: the instance is stopped, its disk"
                    + " copied, and booted at the destination. Ctrl-C then takes it back."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac migrate web --source laptop --dest edge",
            "  tresccac migrate web --source laptop --dest edge --mode package --no-wait --json",
            "  tresccac migrate web --source public --dest laptop --mode cold --dry-run",
            "  tresccac migrate web --source cloud-a --dest cloud-b",
            "  tresccac migrate --package 0b0d5ec4-5c75-4d63-9f0e-2f6a4f3f6a3e --source cloud-a --dest cloud-b",
            "  tresccac migrate --resume 5f2c3c1e-6b8e-4b0e-9d8c-1c47a02da347"
        })
final class MigrateCommand extends Subcommand {
    private static final Duration BEGIN = Duration.ofSeconds(30);

    /** How a move may be done; see the design of moves. */
    enum Mode {
        AUTO,
        PACKAGE,
        WARM,
        COLD
    }

    @Parameters(paramLabel = "INSTANCE", arity = "0..1", description = "Id or name at the source.")
    private Optional<String> instance = Optional.empty();

    @Option(names = "--source", paramLabel = "CLOUD", description = "Where it runs; default: the chosen cloud.")
    private Optional<String> source = Optional.empty();

    @Option(
            names = "--dest",
            paramLabel = "CLOUD",
            description = "Where it shall run, by the name the source knows it by (tresccac destinations); out of an"
                    + " OpenStack, a cloud configured here, or a host's own name; in mode cold by your name for it.")
    private Optional<String> destination = Optional.empty();

    @Option(
            names = "--package",
            paramLabel = "IMAGE",
            description =
                    "Go on with a move from one OpenStack to another that was cut off: the package that it left at"
                            + " the source, by id or name. In the place of INSTANCE.")
    private Optional<String> frozen = Optional.empty();

    @Option(
            names = "--mode",
            defaultValue = "auto",
            paramLabel = "MODE",
            description =
                    "auto, package, warm or cold; default auto: the shortest interruption that both ends support.")
    private Mode mode = Mode.AUTO;

    @Option(
            names = "--bandwidth",
            paramLabel = "RATE",
            converter = Units.RateConverter.class,
            description = "At most so much a second while the instance still runs (500K, 10M, 1G bytes; 0: no limit);"
                    + " default: what the source is configured for. After the freeze nothing is held back.")
    private OptionalInt bandwidth = OptionalInt.empty();

    @Option(
            names = "--interruption",
            paramLabel = "TIME",
            converter = Units.DurationConverter.class,
            description =
                    "Long enough for the instance to stand still (0.8s, 2s): in mode warm it is frozen as soon as no"
                            + " more is predicted; default: as short as can be.")
    private Optional<Duration> interruption = Optional.empty();

    @Option(
            names = "--wait",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Watch until it runs at the destination (the default); or only ask.")
    private boolean wait = true;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Units.DurationConverter.class,
            description =
                    "Watch at most this long (90s, 5m, 2h; default 1h); the move itself goes on. In mode cold: wait so"
                            + " long for each state, then take the move back.")
    private Duration timeout = Duration.ofHours(1);

    @ArgGroup(exclusive = false, heading = "%nMode cold:%n")
    private ColdFlags cold = new ColdFlags();

    @Override
    void execute() {
        if (frozen.isPresent()) {
            resumeBetween(frozen.get());
            return;
        }
        if (cold.resume.isPresent()) {
            new ColdMigration(app(), cold, timeout).resume(cold.resume.get());
            return;
        }
        if (instance.isEmpty() || destination.isEmpty()) {
            throw new ParameterException(app().commandLine(), "Which INSTANCE, and where to (--dest)?");
        }
        if (mode == Mode.COLD && !wait) {
            throw new ParameterException(
                    app().commandLine(), "In mode cold this command does the move; it cannot go on without.");
        }
        if (mode == Mode.COLD && (bandwidth.isPresent() || interruption.isPresent())) {
            throw misuse("In mode cold nothing is sent before the instance is stopped that --bandwidth could limit, or"
                    + " --interruption cut short.");
        }
        if (mode == Mode.COLD) {
            new ColdMigration(app(), cold, timeout).start(instance.get(), source, destination.get());
            return;
        }
        if (cold.given()) {
            throw new ParameterException(app().commandLine(), "The options of mode cold need --mode cold.");
        }
        ask(instance.get(), destination.get());
    }

    private void resumeBetween(String packageId) {
        if (instance.isPresent() || cold.resume.isPresent() || cold.given()) {
            throw misuse("--package names what is moved, between two OpenStacks: without INSTANCE, --resume and the"
                    + " options of mode cold.");
        }
        if (destination.isEmpty()) {
            throw misuse("Where shall the package go (--dest)?");
        }
        checkBetween();
        try (Cloud from = app().cloud(source);
                Cloud to = app().open(app().clouds().cloud(destination.get()))) {
            if (from.tresccad().present() || to.tresccad().present()) {
                throw misuse("--package is for moves between two OpenStacks, and one of these is a tresccad host; see"
                        + " tresccac pull and restore.");
            }
            new BetweenClouds(app(), from, to, timeout).resume(packageId);
        }
    }

    /** What would mean something else than what a move between two OpenStacks does. */
    private void checkBetween() {
        if (!wait) {
            throw misuse(
                    "From one OpenStack to another this command does the move; it cannot go on without (--no-wait).");
        }
        checkOutOfOpenStack();
    }

    private void checkOutOfOpenStack() {
        if (mode != Mode.AUTO && mode != Mode.PACKAGE) {
            throw misuse("Out of an OpenStack instances move in mode package or cold.");
        }
        if (bandwidth.isPresent() || interruption.isPresent()) {
            throw misuse("Out of an OpenStack nothing is sent before the freeze that --bandwidth could limit, or"
                    + " --interruption cut short.");
        }
    }

    private ParameterException misuse(String words) {
        return new ParameterException(app().commandLine(), words);
    }

    private void ask(String instance, String destination) {
        try (Cloud from = app().cloud(source)) {
            Server server = from.compute().find(instance);
            if (!from.tresccad().present()) {
                leave(from, server, destination);
                return;
            }
            checkDestination(from, instance, destination);
            MoveWatch watch = new MoveWatch(from, server.id());
            String asked = mode.name().toLowerCase(Locale.ROOT);
            Optional<String> told = from.compute().migrate(server.id(), destination, asked, bandwidth, interruption);
            String moveId = told.orElseGet(() -> watch.find(BEGIN, app().cancellation()));
            if (!wait) {
                app().print(Map.of("move", moveId), "Move " + moveId + " has begun; see: tresccac migrations");
                return;
            }
            WatchedMove watched = new WatchedMove(app(), from, moveId, server.name(), destination);
            watched.report(watched.toTheEnd(timeout));
        }
    }

    /** Out of an OpenStack: to a host, which fetches it, or to another OpenStack. */
    private void leave(Cloud from, Server server, String destination) {
        if (app().clouds().names().contains(destination)) {
            try (Cloud to = app().open(app().clouds().cloud(destination))) {
                if (!to.tresccad().present()) {
                    checkBetween();
                    new BetweenClouds(app(), from, to, timeout).start(server);
                    return;
                }
            }
        }
        checkOutOfOpenStack();
        new MoveHome(app(), from, server, destination).run(wait, timeout);
    }

    private static void checkDestination(Cloud from, String instance, String destination) {
        List<Destination> known = from.tresccad().destinations();
        if (known.stream().noneMatch(each -> each.name().equals(destination))) {
            throw new CloudNotFound(
                    from.name(),
                    "migrate " + instance + " to " + destination,
                    404,
                    "it knows no destination of this name; known: "
                            + known.stream().map(Destination::name).toList());
        }
    }
}
