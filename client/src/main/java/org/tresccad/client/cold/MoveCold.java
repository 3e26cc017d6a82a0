package org.tresccad.client.cold;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.cold.ColdMove.TargetCard;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;

/**
 * Carries out a cold move. Until the target is ACTIVE every failure, and a cancellation, takes it back: nothing is left at
 * the target, and the source is started again if it ran. Afterwards it only goes forward. Each state is in the journal
 * before anything of it is done, so that {@link #resume} goes on after this process was killed.
 */
public final class MoveCold {
    private final Cloud source;
    private final Cloud target;
    private final Duration patience;
    private final MoveReport report;
    private final Cancellation cancellation;
    private final Clock clock;

    /**
     * Between two clouds, neither of which is closed.
     *
     * @param patience for each thing that is waited for
     * @param cancellation takes the move back, while it can be
     */
    public MoveCold(
            Cloud source, Cloud target, Duration patience, MoveReport report, Cancellation cancellation, Clock clock) {
        this.source = source;
        this.target = target;
        this.patience = patience;
        this.report = report;
        this.cancellation = cancellation;
        this.clock = clock;
    }

    /**
     * Begins a move and brings it to its end.
     *
     * @throws CloudException when it was taken back, or could not be brought to either end; the journal then still has it
     */
    public ColdOutcome start(ColdPlan plan, ColdJournal journal) {
        if (!plan.possible()) {
            throw new IllegalArgumentException("there are reasons against it: " + plan.reasons());
        }
        try (ColdJournal.Entry entry = journal.begin(plan.move())) {
            return goOn(entry);
        }
    }

    /** Goes on with a move of the journal, or takes it back: for one of another process, which has ended. */
    public ColdOutcome resume(ColdJournal.Entry entry) {
        requireSameProjects(entry.move());
        return goOn(entry);
    }

    /**
     * Takes a move of the journal back.
     *
     * @throws CloudConflict when the target runs already
     */
    public void takeBack(ColdJournal.Entry entry) {
        requireSameProjects(entry.move());
        if (entry.move().state() == ColdState.ARRIVED) {
            throw new CloudConflict(
                    target.name(),
                    "take back move " + entry.move().id(),
                    "the target runs; the move can only go on. Move it back instead.");
        }
        undo(entry);
    }

    private ColdOutcome goOn(ColdJournal.Entry entry) {
        CopyImages copying = new CopyImages(source, target, entry, patience, report, cancellation);
        if (entry.move().state() == ColdState.TAKING_BACK) {
            undo(entry);
            throw new CloudConflict(
                    source.name(),
                    "go on with move " + entry.move().id(),
                    "it was being taken back, and now is. The instance is at the source.");
        }
        if (entry.move().state() != ColdState.ARRIVED) {
            try {
                bringToActive(entry, copying);
            } catch (RuntimeException failed) {
                // What is ACTIVE by now has taken over, whatever failed afterwards.
                if (entry.move().state() != ColdState.ARRIVED) {
                    undoAfter(entry, failed);
                }
                throw failed;
            }
        }
        return finish(entry, copying);
    }

    private void bringToActive(ColdJournal.Entry entry, CopyImages copying) {
        if (entry.move().state() == ColdState.STOPPING) {
            stop(entry);
        }
        if (entry.move().state() == ColdState.COPYING) {
            SourceServer from = from(entry, cancellation);
            from.requireUntouched();
            from.copyDisk();
            copying.copy(from.images());
            from.requireUntouched();
            entry.write(entry.move().in(ColdState.STARTING));
            arrive(entry, begin(entry));
        } else {
            String serverId = to(entry, cancellation).made().stream()
                    .map(Server::id)
                    .findFirst()
                    .orElseThrow(() -> new CloudConflict(
                            target.name(),
                            "go on with move " + entry.move().id(),
                            "its server is not there, and may still be made by a request whose answer was lost."));
            arrive(entry, serverId);
        }
    }

    private void arrive(ColdJournal.Entry entry, String serverId) {
        report.phase("starting at " + target.name());
        to(entry, cancellation).awaitActive(serverId);
        entry.write(
                entry.move().in(ColdState.ARRIVED).with(entry.move().progress().arrivedAs(serverId)));
    }

    private void stop(ColdJournal.Entry entry) {
        SourceServer from = from(entry, cancellation);
        if (entry.move().progress().stoppedAt().isEmpty()
                && entry.move().subject().wasRunning()) {
            entry.write(entry.move().with(entry.move().progress().stopped(clock.instant())));
        }
        from.mark();
        report.phase("stopping at " + source.name());
        from.stop();
        Optional<String> last = from.lock();
        entry.write(
                entry.move().in(ColdState.COPYING).with(entry.move().progress().locked(last)));
    }

    private String begin(ColdJournal.Entry entry) {
        List<String> ports = entry.move().wanted().cards().stream()
                .map(TargetCard::takesOver)
                .flatMap(Optional::stream)
                .toList();
        if (!ports.isEmpty()) {
            entry.write(entry.move().with(entry.move().progress().lettingGo(ports)));
            report.phase("taking the address from the source");
            from(entry, cancellation).letGo(ports);
            from(entry, cancellation).requireUntouched();
        }
        if (entry.move().wanted().newKey().isPresent()) {
            entry.write(entry.move().with(entry.move().progress().makingKey()));
            to(entry, cancellation).storeKey();
        }
        return to(entry, cancellation).create();
    }

    /** The target has taken over. Ctrl-C comes too late, and a second try may be made with the journal. */
    private ColdOutcome finish(ColdJournal.Entry entry, CopyImages copying) {
        ColdMove move = entry.move();
        Cancellation never = new Cancellation();
        String serverId = move.progress().serverId().orElseThrow();
        Server arrived = arrived(entry, serverId);
        double interruption = move.progress()
                .stoppedAt()
                .map(at -> Duration.between(at, clock.instant()).toMillis() / 1000.0)
                .orElse(0.0);
        to(entry, never).unmark(serverId);
        SourceServer from = from(entry, never);
        if (move.wanted().keepSource()) {
            if (from.exists()) {
                report.note("The source stays at " + move.source() + ", off and locked. Never start it while the other"
                        + " runs: it has the same disk and the same addresses.");
            }
        } else {
            report.phase("deleting at " + source.name());
            from.delete();
        }
        from.deleteImages();
        entry.end();
        return new ColdOutcome(
                move.id(),
                move.subject().name(),
                move.source().toString(),
                move.target().toString(),
                serverId,
                arrived.addressTexts(),
                interruption,
                copying.movedBytes(),
                move.copies().disk());
    }

    private Server arrived(ColdJournal.Entry entry, String serverId) {
        try {
            return target.compute().server(serverId);
        } catch (CloudNotFound gone) {
            entry.end();
            throw new CloudConflict(
                    target.name(),
                    "end move " + entry.move().id(),
                    "it had arrived and ran, and somebody has deleted it since. The source is untouched if it is still"
                            + " there: off and locked at " + entry.move().source() + ".");
        }
    }

    private void undoAfter(ColdJournal.Entry entry, RuntimeException failed) {
        try {
            undo(entry);
        } catch (RuntimeException worse) {
            failed.addSuppressed(worse);
            report.note("The move could not be taken back whole: " + worse.getMessage());
            report.note("Try again: tresccac migrate --resume " + entry.move().id());
        }
    }

    /** What could run at the target goes first; only then does the source run. */
    private void undo(ColdJournal.Entry entry) {
        boolean couldRun =
                switch (entry.move().state()) {
                    case STOPPING, COPYING -> false;
                    case STARTING, ARRIVED, TAKING_BACK -> true;
                };
        entry.write(entry.move().in(ColdState.TAKING_BACK));
        report.phase("taking back");
        Cancellation never = new Cancellation();
        TargetServer to = to(entry, never);
        if (couldRun) {
            to.removeWhatCouldRun();
        }
        SourceServer from = from(entry, never);
        if (!entry.move().progress().givenBack()) {
            from.giveBack(report);
            entry.write(entry.move().with(entry.move().progress().gaveBack()));
        }
        to.removeLeavings();
        from.deleteImages();
        entry.end();
    }

    private SourceServer from(ColdJournal.Entry entry, Cancellation until) {
        return new SourceServer(source, entry.move(), patience, until);
    }

    private TargetServer to(ColdJournal.Entry entry, Cancellation until) {
        return new TargetServer(target, entry.move(), patience, report, until);
    }

    private void requireSameProjects(ColdMove move) {
        requireSame(source, move.source());
        requireSame(target, move.target());
    }

    private static void requireSame(Cloud cloud, ColdMove.Place place) {
        if (!cloud.projectId().equals(place.projectId())) {
            throw new CloudConflict(
                    cloud.name(),
                    "go on with the move",
                    "its name in clouds.yaml means another project than when the move began.");
        }
    }
}
