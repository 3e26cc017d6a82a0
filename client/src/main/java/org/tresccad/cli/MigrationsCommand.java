package org.tresccad.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Migration;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.tresccad.Move;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac migrations}. */
@Command(
        name = "migrations",
        description = "List moves, of all instances or of one; of an OpenStack, its own migrations.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac migrations web",
            "  tresccac migrations --watch 3f0c2d4e-...",
            "  tresccac migrations --cancel 3f0c2d4e-..."
        })
final class MigrationsCommand extends Subcommand {
    @Parameters(arity = "0..1", paramLabel = "INSTANCE", description = "Id or name; an id may be of one that has left.")
    private Optional<String> instance = Optional.empty();

    @Option(
            names = "--cancel",
            paramLabel = "MOVE",
            description = "End this move; the guest runs on where it was, unless the other side has it already.")
    private Optional<String> cancel = Optional.empty();

    @Option(
            names = "--watch",
            paramLabel = "MOVE",
            description = "Show this move's progress until it ends, whoever asked for it; then as migrate does.")
    private Optional<String> watch = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Units.DurationConverter.class,
            description = "With --watch: at most this long (90s, 5m, 2h; default 1h). The move itself goes on.")
    private Duration timeout = Duration.ofHours(1);

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            if (cancel.isPresent()) {
                cloud.tresccad().cancelMove(cancel.get());
                app().print(Map.of("cancelled", cancel.get()), "Asked to end move " + cancel.get());
                return;
            }
            if (watch.isPresent()) {
                watch(cloud, watch.get());
                return;
            }
            Optional<String> id = instance.map(given -> resolved(cloud, given));
            List<Move> moves;
            try {
                moves = cloud.tresccad()
                        .moves(id.map(known -> Map.of("server_id", known)).orElse(Map.of()));
            } catch (CloudNotFound plainOpenStack) {
                List<Migration> migrations = cloud.compute().allMigrations(id);
                app().print(migrations, novaTable(migrations));
                return;
            }
            app().print(moves, table(moves));
        }
    }

    private void watch(Cloud cloud, String moveId) {
        Move begun = cloud.tresccad().move(moveId);
        WatchedMove watched = new WatchedMove(
                app(),
                cloud,
                moveId,
                begun.name().or(begun::serverId).orElse("instance"),
                begun.destination().orElse("?"));
        watched.report(watched.toTheEnd(timeout));
    }

    /** An instance that has moved away has no name here any more, but its id still finds its moves. */
    private static String resolved(Cloud cloud, String given) {
        try {
            return cloud.compute().find(given).id();
        } catch (CloudNotFound left) {
            return given;
        }
    }

    private static Table table(List<Move> moves) {
        Table table = new Table(
                "Move", "Instance", "From", "To", "Mode", "State", "Started", "Bytes", "Interruption", "Error");
        moves.forEach(move -> table.row(
                move.id(),
                move.name().or(move::serverId).orElse(""),
                move.source().orElse(""),
                move.destination().orElse(""),
                move.mode().orElse(""),
                move.state(),
                move.startedAt().orElse(""),
                move.bytesDone().map(Units::bytes).orElse(""),
                move.interruptionSeconds().map(Units::seconds).orElse(""),
                move.error().orElse("")));
        return table;
    }

    private static Table novaTable(List<Migration> migrations) {
        Table table = new Table("ID", "Instance", "From", "To", "Type", "Status", "Created");
        migrations.forEach(each -> table.row(
                each.id(),
                each.instanceId().or(each::serverId).orElse(""),
                each.source().orElse(""),
                each.destination().orElse(""),
                each.type().orElse(""),
                each.status(),
                each.createdAt().orElse("")));
        return table;
    }
}
