package org.tresccad.client.between;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.between.Standing.Who;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.MoveReport;
import org.tresccad.client.transfer.Poll;
import org.tresccad.client.transfer.Progress;

/**
 * Carries a server with its memory from one OpenStack with tresccad's plugin to another. There is no journal: the package at
 * the source and the registers of both clouds say how far a move is, so {@link #resume} goes on after this process was
 * killed, here or elsewhere. A failure or a cancellation takes it back, unless the target has claimed it.
 */
public final class MoveBetween {
    /** A compute node that claimed and could not start gives the claim back in this time, if it is well. */
    private static final Duration SETTLING = Duration.ofMinutes(1);

    private static final int SERVER_ERRORS = 500;

    private static final Duration PACE = Duration.ofSeconds(1);

    private final Cloud source;
    private final Cloud target;
    private final Duration patience;
    private final MoveReport report;
    private final Cancellation cancellation;
    private final Clock clock;
    private final ImageCopies copies;

    /**
     * Between two clouds, neither of which is closed.
     *
     * @param patience for each thing that is waited for
     * @param cancellation takes the move back, while it can be
     */
    public MoveBetween(
            Cloud source, Cloud target, Duration patience, MoveReport report, Cancellation cancellation, Clock clock) {
        this.source = source;
        this.target = target;
        this.patience = patience;
        this.report = report;
        this.cancellation = cancellation;
        this.clock = clock;
        this.copies = new ImageCopies(source, target, patience, report, cancellation);
    }

    /**
     * Saves a server of the source and brings it to the target.
     *
     * @throws CloudException when nothing was begun, when it is back at the source, or when it could not be brought to either
     *     end; what was reported says which
     */
    public MoveOutcome start(Server server) {
        requireTwoPlaces();
        Registers registers = new Registers(source, target);
        new TargetFit(source, target).check(server);
        Instant begun = clock.instant();
        report.phase("saving at " + source.name());
        String packageId = save(server);
        report.note("The package of " + server.name() + " is image " + packageId + " at " + source.name()
                + ". Should this command be cut off: " + command(packageId));
        try {
            Image image = saved(server, packageId);
            return goOn(FrozenPackage.read(source, image, cancellation), registers, Optional.of(begun));
        } catch (SaveGivenUp nothingFrozen) {
            throw nothingFrozen.failure;
        } catch (RuntimeException failed) {
            takeBackAfter(packageId, registers, failed);
            throw failed;
        }
    }

    /**
     * Goes on from a package that an earlier process left at the source, wherever that was cut off.
     *
     * @param packageId id or name of its image
     */
    public MoveOutcome resume(String packageId) {
        requireTwoPlaces();
        Registers registers = new Registers(source, target);
        Image found = source.images().find(packageId);
        Image image = source.images().awaitActive(found.id(), patience, Progress.NONE, cancellation);
        FrozenPackage frozen = FrozenPackage.read(source, image, cancellation);
        if (!frozen.isDecidedAt(registers.sourceId())) {
            throw no("its home is another than " + source.name() + ", and nobody has claimed it there for here.");
        }
        Standing stands = settled(frozen, registers);
        return switch (stands.who()) {
            case TARGET_RUNS -> finish(frozen, registers, Optional.empty(), Optional.empty());
            case TARGET_CLAIMED, OTHERS -> throw no(stands.why() + ".");
            case SOURCE -> {
                takeBack(image.id(), registers);
                throw no("it was being taken back, and now is: it runs at " + source.name() + ".");
            }
            case OPEN -> {
                new TargetFit(source, target).check(frozen);
                try {
                    yield goOn(frozen, registers, Optional.empty());
                } catch (RuntimeException failed) {
                    takeBackAfter(image.id(), registers, failed);
                    throw failed;
                }
            }
        };
    }

    private MoveOutcome goOn(FrozenPackage frozen, Registers registers, Optional<Instant> begun) {
        copies.clearHalves(frozen.image().id());
        new BaseImages(source, target).ensure(frozen, copies, report);
        PackageCopies packages = new PackageCopies(target, frozen);
        Image copy = packages.ensure(copies, report);
        registers.give(frozen.epoch());
        packages.markClaimed(copy, registers.targetId());
        report.phase("restoring at " + target.name());
        Server server = new RestoredServers(target, patience, cancellation).restore(copy.id(), report::note);
        requireClaimed(frozen, registers, server);
        return finish(frozen, registers, Optional.of(server), begun);
    }

    /** A server that nobody claimed anything for is not this guest, whatever Nova calls it. */
    private void requireClaimed(FrozenPackage frozen, Registers registers, Server server) {
        Standing stands = registers.look(frozen.epoch());
        if (stands.who() != Who.TARGET_CLAIMED && stands.who() != Who.TARGET_RUNS) {
            throw new ResourceFailed(
                    target.name(),
                    "run " + frozen.guest(),
                    server.status(),
                    "its compute node has not claimed epoch " + frozen.epoch() + "; does it have tresccad's driver?");
        }
    }

    /** It runs at the target. Ctrl-C comes too late; the package goes last, so that what fails here can be done again. */
    private MoveOutcome finish(
            FrozenPackage frozen, Registers registers, Optional<Server> server, Optional<Instant> begun) {
        Optional<Double> interruption =
                begun.map(at -> Duration.between(at, clock.instant()).toMillis() / 1000.0);
        try {
            registers.tellRunning(frozen.epoch());
            new PackageCopies(target, frozen).delete(copies);
            deletePackage(frozen.image().id());
        } catch (CloudException failed) {
            report.note(frozen.guest() + " runs at " + target.name() + ", but package "
                    + frozen.image().id() + " at "
                    + source.name() + " is still there: " + failed.getMessage() + " To clear it away: "
                    + command(frozen.image().id()));
        }
        return new MoveOutcome(
                frozen.guest(),
                source.name(),
                target.name(),
                server.map(Server::id),
                server.map(Server::addressTexts).orElse(List.of()),
                "package",
                interruption,
                copies.movedBytes());
    }

    private String save(Server server) {
        try {
            return source.compute().save(server.id());
        } catch (CloudException failed) {
            if (failed instanceof CloudRefused refused && refused.status() < SERVER_ERRORS) {
                throw refused;
            }
            report.note("Whether " + server.name() + " is being saved is not known. Look for its package with tresccac"
                    + " --cloud " + source.name() + " list --images; if it is there: " + command("IMAGE"));
            throw failed;
        }
    }

    /** Waits until it is frozen and the package whole. */
    private Image saved(Server server, String packageId) {
        try (MoveReport.Transfer transfer = report.transfer("saving " + server.name())) {
            return source.images().awaitActive(packageId, patience, transfer, cancellation);
        } catch (CloudNotFound | ResourceFailed givenUp) {
            ResourceFailed failure = new ResourceFailed(
                    source.name(),
                    "save instance " + server.name(),
                    "not saved",
                    "its package " + packageId + " was given up, unfinished, and it runs on there; see the server's"
                            + " actions.");
            failure.addSuppressed(givenUp);
            throw new SaveGivenUp(failure);
        }
    }

    private void takeBackAfter(String packageId, Registers registers, RuntimeException failed) {
        try {
            takeBack(packageId, registers);
        } catch (RuntimeException worse) {
            failed.addSuppressed(worse);
            report.note("It is not back at " + source.name() + ": " + worse.getMessage());
            report.note("The package is image " + packageId + " at " + source.name() + ". Go on with: "
                    + command(packageId));
        }
    }

    /** The register first, so that nothing is removed at the target that runs there; then the source runs it. */
    private void takeBack(String packageId, Registers registers) {
        report.phase("taking back");
        Cancellation never = new Cancellation();
        Image image = source.images().awaitActive(packageId, patience, Progress.NONE, never);
        FrozenPackage frozen = FrozenPackage.read(source, image, never);
        Standing stands = new Poll(target.name(), "take back " + frozen.guest(), settling(), PACE, never)
                .until(() -> registers.takeBack(frozen.epoch()), MoveBetween::isSettled, Standing::why);
        if (stands.who() != Who.SOURCE) {
            throw no(stands.why() + ".");
        }
        RestoredServers there = new RestoredServers(target, patience, never);
        PackageCopies packages = new PackageCopies(target, frozen);
        for (Image copy : packages.whole()) {
            there.of(copy.id()).forEach(there::delete);
        }
        report.phase("restoring at " + source.name());
        Server server = new RestoredServers(source, patience, never).restore(packageId, report::note);
        report.note(frozen.guest() + " is back and runs at " + source.name() + " as instance " + server.id() + ".");
        Who now = registers.look(frozen.epoch()).who();
        if (now == Who.OPEN || now == Who.SOURCE) {
            report.note("Its package " + packageId + " is kept: no claim of it stands.");
            return;
        }
        try {
            packages.delete(copies);
            deletePackage(packageId);
        } catch (CloudException failed) {
            report.note("Its package, image " + packageId + " at " + source.name() + ", and the copy at "
                    + target.name() + " are of no use any more and could not be deleted: " + failed.getMessage());
        }
    }

    /** What the registers say once a claim of the target has led to something. */
    private Standing settled(FrozenPackage frozen, Registers registers) {
        return new Poll(target.name(), "see " + frozen.guest() + " run", settling(), PACE, cancellation)
                .until(() -> registers.look(frozen.epoch()), MoveBetween::isSettled, Standing::why);
    }

    private static boolean isSettled(Standing stands) {
        return stands.who() != Who.TARGET_CLAIMED;
    }

    private Duration settling() {
        return patience.compareTo(SETTLING) < 0 ? patience : SETTLING;
    }

    private void deletePackage(String packageId) {
        try {
            source.images().delete(packageId);
        } catch (CloudNotFound gone) {
            // As wanted.
        }
    }

    private void requireTwoPlaces() {
        if (source.name().equals(target.name())) {
            throw no("these are one place.");
        }
    }

    private CloudConflict no(String reason) {
        return new CloudConflict(target.name(), "take it from " + source.name(), reason);
    }

    private String command(String packageId) {
        return "tresccac migrate --package " + packageId + " --source " + source.name() + " --dest " + target.name();
    }

    /** The guest was never frozen, so there is nothing to take back. */
    private static final class SaveGivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final ResourceFailed failure;

        SaveGivenUp(ResourceFailed failure) {
            super(failure);
            this.failure = failure;
        }
    }
}
