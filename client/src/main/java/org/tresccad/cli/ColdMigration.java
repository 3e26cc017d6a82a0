package org.tresccad.cli;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdJournal;
import org.tresccad.client.cold.ColdMove;
import org.tresccad.client.cold.ColdOptions;
import org.tresccad.client.cold.ColdOutcome;
import org.tresccad.client.cold.ColdPlan;
import org.tresccad.client.cold.MoveCold;
import org.tresccad.client.cold.PlanColdMove;
import org.tresccad.client.config.CloudConfig;
import picocli.CommandLine.ParameterException;

/**
 * Mode cold of {@code tresccac migrate}.
 *
 * @param timeout for each thing that is waited for
 */
record ColdMigration(Tresccac app, ColdFlags flags, Duration timeout) {
    /** Stopping a guest and deleting what is half-made takes clouds a while. */
    private static final Duration TAKING_BACK = Duration.ofMinutes(5);

    /** Plans a move, and carries it out unless it is a dry run or something is against it. */
    void start(String instance, Optional<String> source, String destination) {
        if (flags.takeBack) {
            throw new ParameterException(app.commandLine(), "--take-back needs --resume MOVE");
        }
        try (Cloud from = opened(source, flags.sourceRegion);
                Cloud to = opened(Optional.of(destination), flags.region)) {
            ColdOptions options =
                    new ColdOptions(flags.flavor, flags.network, flags.sourceRegion, flags.region, flags.keepSource);
            ColdPlan plan = new PlanColdMove(from, to, options).plan(instance, journal());
            if (flags.dryRun || !plan.possible()) {
                show(plan);
                return;
            }
            plan.notes().forEach(app.terminal()::note);
            boolean stops = plan.move().subject().wasRunning();
            if (stops
                    && !flags.yes
                    && !app.terminal().confirms("Stop " + plan.move().subject().name() + "?")) {
                app.terminal().note("Nothing was done.");
                return;
            }
            app.takesToEnd(TAKING_BACK);
            print(mover(from, to, plan.move()).start(plan, journal()));
        }
    }

    /** Goes on with a move of the journal, or takes it back. */
    void resume(String moveId) {
        try (ColdJournal.Entry entry = journal().open(moveId)) {
            ColdMove move = entry.move();
            try (Cloud from = opened(
                            Optional.of(move.source().cloud()), move.source().region());
                    Cloud to = opened(
                            Optional.of(move.target().cloud()), move.target().region())) {
                app.takesToEnd(TAKING_BACK);
                MoveCold mover = mover(from, to, move);
                if (flags.takeBack) {
                    mover.takeBack(entry);
                    app.print(
                            Map.of("move_id", move.id(), "taken_back", true),
                            "Move " + move.id() + " is taken back; "
                                    + move.subject().name() + " is at " + move.source());
                } else {
                    print(mover.resume(entry));
                }
            }
        }
    }

    private MoveCold mover(Cloud from, Cloud to, ColdMove move) {
        app.terminal().note(move.title() + ": move " + move.id());
        return new MoveCold(
                from, to, timeout, new TerminalReport(app, move.title()), app.cancellation(), Clock.systemUTC());
    }

    private ColdJournal journal() {
        return new ColdJournal(app.environment().userState().resolve("cold"));
    }

    private Cloud opened(Optional<String> name, Optional<String> region) {
        CloudConfig config = app.config(name);
        return app.open(region.map(config::inRegion).orElse(config));
    }

    private void show(ColdPlan plan) {
        ColdMove move = plan.move();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("possible", plan.possible());
        view.put("reasons", plan.reasons());
        view.put("steps", plan.steps());
        view.put("notes", plan.notes());
        StringBuilder text = new StringBuilder(move.title() + ", cold:\n");
        plan.steps().forEach(step -> text.append("  - ").append(step).append('\n'));
        plan.notes().forEach(note -> text.append("Note: ").append(note).append('\n'));
        plan.reasons().forEach(reason -> text.append("Against it: ")
                .append(reason.subject())
                .append(": ")
                .append(reason.message())
                .append('\n'));
        app.print(view, text);
        if (!plan.possible()) {
            throw new CannotRunThere(
                    "Instance " + move.subject().name(),
                    move.target().toString(),
                    plan.reasons().size());
        }
    }

    private void print(ColdOutcome outcome) {
        Table table = new Table("Instance", "Now at", "New ID", "Addresses", "Mode", "Interruption", "Moved")
                .row(
                        outcome.name(),
                        outcome.destination(),
                        outcome.serverId(),
                        String.join(", ", outcome.addresses()),
                        "cold",
                        Units.seconds(outcome.interruptionSeconds()),
                        Units.bytes(outcome.movedBytes()));
        app.print(outcome, table);
    }
}
