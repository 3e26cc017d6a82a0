package org.tresccad.instance;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ImageId;
import org.tresccad.vmpackage.Manifest;

/**
 * One frozen instance on its way into this host.
 *
 * @param instance the id it has, or would have, here
 * @param kind as what it comes; {@link ArrivalKind#RECLAIM} also when its owner gave up its home after it came
 * @param image the package
 * @param move the source's move, when one brings it
 * @param source the name of the host it comes from, for people
 * @param claimant what this host claims the epoch with
 * @param isPushed whether the source drives the move and will tell the verdict; otherwise this host asks the home
 * @param wasRunning whether its CPUs ran when it was frozen
 * @param hasNewAddress whether the guest must ask DHCP again
 * @param frozenAt when its CPUs stopped: by the source's clock, or by this host's when it went on sending while it ran
 * @param error why it was discarded
 */
public record Arrival(
        Epoch epoch,
        ArrivalKind kind,
        InstanceId instance,
        ProjectId project,
        ImageId image,
        Optional<UUID> move,
        String source,
        UUID nonce,
        Manifest.Home home,
        Claimant claimant,
        boolean isPushed,
        boolean wasRunning,
        boolean hasNewAddress,
        Optional<Instant> frozenAt,
        ArrivalState state,
        Optional<String> error,
        Instant startedAt,
        Optional<Instant> endedAt) {

    /** The same in another state. */
    public Arrival in(ArrivalState next, Optional<String> why, Instant now) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("an arrival cannot go from " + state + " to " + next);
        }
        return with(kind, frozenAt, next, why, next.isFinal() ? Optional.of(now) : Optional.empty());
    }

    /** The same, frozen at another time than was known at first. */
    Arrival frozenAt(Instant stopped) {
        return with(kind, Optional.of(stopped), state, error, endedAt);
    }

    /** The same, whose home its owner has given up. */
    Arrival reclaimed() {
        return with(ArrivalKind.RECLAIM, frozenAt, state, error, endedAt);
    }

    private Arrival with(
            ArrivalKind newKind,
            Optional<Instant> frozen,
            ArrivalState newState,
            Optional<String> why,
            Optional<Instant> newEnd) {
        return new Arrival(
                epoch,
                newKind,
                instance,
                project,
                image,
                move,
                source,
                nonce,
                home,
                claimant,
                isPushed,
                wasRunning,
                hasNewAddress,
                frozen,
                newState,
                why,
                startedAt,
                newEnd);
    }

    /** What its room is reserved under. */
    Reservations.Key key() {
        return new Reservations.Key(epoch, nonce);
    }

    /** The moment the guest ran on here, if it did; a guest that arrived paused does not. */
    public Optional<Thaw> thaw() {
        if (state != ArrivalState.RUNNING || !wasRunning) {
            return Optional.empty();
        }
        return frozenAt.flatMap(from -> endedAt.map(to -> new Thaw(to, Thaw.gap(from, to))));
    }

    /**
     * Refuses a verdict that somebody tells while this host asks the home itself: who has only rights in the project and
     * the package could make a guest run, or vanish, without the register.
     *
     * @throws TresccadException CONFLICT
     */
    void requireTellable() {
        if (!isPushed && !state.isFinal()) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "Epoch " + epoch + " did not come here by a move; this host asks its home for the verdict.");
        }
    }

    /**
     * Refuses to begin anew what was not given up for another try.
     *
     * @throws TresccadException CONFLICT
     */
    void requireMayComeAgain() {
        if (!mayComeAgain()) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "This package has been restored here before (" + state
                            + "); one frozen instance runs once. Its instance is " + instance + ".");
        }
    }

    /** Whether the same package may be tried again: it failed here, and nobody decided that it must never run. */
    public boolean mayComeAgain() {
        return state == ArrivalState.DISCARDED && !isPushed;
    }
}
