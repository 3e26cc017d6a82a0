package org.tresccad.cli;

import java.time.Clock;
import java.time.Duration;
import org.tresccad.client.Cloud;
import org.tresccad.client.between.MoveBetween;
import org.tresccad.client.between.MoveOutcome;
import org.tresccad.client.compute.Server;

/**
 * A move from one OpenStack to another, with the server's memory.
 *
 * @param timeout for each thing that is waited for
 */
record BetweenClouds(Tresccac app, Cloud from, Cloud to, Duration timeout) {
    /** Restoring a guest where it was takes clouds a while. */
    private static final Duration TAKING_BACK = Duration.ofMinutes(10);

    /** Moves a server. */
    void start(Server server) {
        app.takesToEnd(TAKING_BACK);
        print(mover(server.name()).start(server));
    }

    /** Goes on with the package that a move which was cut off left at the source. */
    void resume(String packageId) {
        app.takesToEnd(TAKING_BACK);
        print(mover(packageId).resume(packageId));
    }

    private MoveBetween mover(String what) {
        String title = what + " " + from.name() + " -> " + to.name();
        return new MoveBetween(
                from, to, timeout, new TerminalReport(app, title), app.cancellation(), Clock.systemUTC());
    }

    private void print(MoveOutcome outcome) {
        Table table = new Table("Instance", "Now at", "New ID", "Addresses", "Mode", "Interruption", "Moved")
                .row(
                        outcome.name(),
                        outcome.destination(),
                        outcome.serverId().orElse(""),
                        String.join(", ", outcome.addresses()),
                        outcome.mode(),
                        outcome.interruptionSeconds().map(Units::seconds).orElse(""),
                        Units.bytes(outcome.movedBytes()));
        app.print(outcome, table);
    }
}
