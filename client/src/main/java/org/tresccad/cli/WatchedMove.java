package org.tresccad.cli;

import java.time.Duration;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.tresccad.Move;

/**
 * A move that somebody looks at until it ends.
 *
 * @param source keeps the move's journal
 * @param instance the instance's name, for people
 * @param destination where it goes, for people
 */
record WatchedMove(Tresccac app, Cloud source, String moveId, String instance, String destination) {
    /**
     * Shows progress until the move has ended, whichever way.
     *
     * @throws CloudTimeout when it has not after {@code limit}; it goes on
     * @throws TransferCancelled when the watching was interrupted; the move goes on
     */
    Move toTheEnd(Duration limit) {
        try (TransferDisplay display = app.display(instance + " " + source.name() + " -> " + destination)) {
            return MoveWatch.end(source, moveId, limit, display, app.cancellation());
        } catch (TransferCancelled | CloudTimeout stopped) {
            app.terminal()
                    .note("No longer watching; move " + moveId + " goes on. See: tresccac --cloud " + source.name()
                            + " migrations --watch " + moveId);
            throw stopped;
        }
    }

    /**
     * Prints how it ended.
     *
     * @throws ResourceFailed when the guest did not get there
     */
    void report(Move move) {
        if (!move.succeeded()) {
            throw new ResourceFailed(
                    move.source().orElse("source"),
                    "move " + instance + " to " + destination,
                    move.state(),
                    move.error().orElse("no reason given") + " The guest runs on at the source.");
        }
        Table table = new Table("Instance", "Now at", "New ID", "Mode", "Interruption", "Total", "Moved")
                .row(
                        instance,
                        move.destination().orElse(destination),
                        move.newServerId().orElse("?"),
                        move.mode().orElse("?"),
                        move.interruptionSeconds().map(Units::seconds).orElse("?"),
                        move.totalSeconds().map(Units::seconds).orElse("?"),
                        move.bytesDone().map(Units::bytes).orElse("?"));
        app.print(move, table);
    }
}
