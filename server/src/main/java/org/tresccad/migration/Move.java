package org.tresccad.migration;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.handover.Epoch;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.image.ImageId;
import org.tresccad.instance.InstanceId;

/**
 * One move away from this host.
 *
 * @param epoch the epoch it opens, or would open, in the instance's lineage
 * @param nonce of the package
 * @param destination the cloud's name, as this host knows it
 * @param mode what was asked for
 * @param origin who asked
 * @param plan how it is carried out, once that is decided
 * @param error why it failed or was withdrawn
 * @param remoteInstance the server's id at the destination, once known
 * @param isTold whether the destination has heard the outcome and nothing of a move that failed is left there
 * @param figures what it cost
 */
public record Move(
        MoveId id,
        InstanceId instance,
        String instanceName,
        Epoch epoch,
        UUID nonce,
        ProjectId project,
        UserId user,
        String destination,
        MoveMode mode,
        Origin origin,
        Optional<Plan> plan,
        MoveState state,
        Optional<String> error,
        Optional<InstanceId> remoteInstance,
        boolean isTold,
        Figures figures,
        Instant startedAt,
        Optional<Instant> endedAt) {

    /** Who asked for a move. */
    public enum Origin {
        /** Somebody at the API. */
        API,
        /** The guest itself. */
        GUEST
    }

    /**
     * How a move is carried out; decided before the freeze.
     *
     * @param mode {@link MoveMode#PACKAGE} or {@link MoveMode#WARM}
     * @param estimate of the interruption, from the guest's size alone
     * @param predicted the interruption, by the estimate and by how far earlier ones were out
     * @param why this mode, for people
     */
    public record Plan(MoveMode mode, Duration estimate, Duration predicted, String why) {}

    /**
     * What a move cost.
     *
     * @param bytesSent after the freeze: the package as it went over the wire
     * @param interruption from the moment the guest stopped here to the word that it runs there, by one monotonic clock
     * @param total from the request to the end
     */
    public record Figures(long bytesSent, Optional<Duration> interruption, Optional<Duration> total) {
        /** Nothing yet. */
        public static final Figures NONE = new Figures(0, Optional.empty(), Optional.empty());
    }

    /** The image at the destination that is the package: the move chooses its id, so as to find it after any crash. */
    public ImageId packageImage() {
        return new ImageId(id.value());
    }

    /** The same in another state. */
    public Move in(MoveState next, Optional<String> why, Instant now) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("a move cannot go from " + state + " to " + next);
        }
        Figures cost = next.isFinal()
                ? new Figures(
                        figures.bytesSent(), figures.interruption(), Optional.of(Duration.between(startedAt, now)))
                : figures;
        return with(
                plan, next, why, remoteInstance, isTold, cost, next.isFinal() ? Optional.of(now) : Optional.empty());
    }

    /** The same, which will be taken back for that reason as soon as that can be. */
    public Move because(String why) {
        return with(plan, state, Optional.of(why), remoteInstance, isTold, figures, endedAt);
    }

    /** The same, to be carried out like that. */
    public Move planned(Plan how) {
        return with(Optional.of(how), state, error, remoteInstance, isTold, figures, endedAt);
    }

    /** The same with what it cost so far. */
    public Move costing(long bytesSent, Optional<Duration> interruption) {
        Figures cost = new Figures(bytesSent, interruption, figures.total());
        return with(plan, state, error, remoteInstance, isTold, cost, endedAt);
    }

    /** The same, with the server's id at the destination. */
    public Move towards(InstanceId remote) {
        return with(plan, state, error, Optional.of(remote), isTold, figures, endedAt);
    }

    /** The same, with the destination knowing the verdict. */
    public Move told() {
        return with(plan, state, error, remoteInstance, true, figures, endedAt);
    }

    private Move with(
            Optional<Plan> how,
            MoveState newState,
            Optional<String> why,
            Optional<InstanceId> remote,
            boolean told,
            Figures cost,
            Optional<Instant> end) {
        return new Move(
                id,
                instance,
                instanceName,
                epoch,
                nonce,
                project,
                user,
                destination,
                mode,
                origin,
                how,
                newState,
                why,
                remote,
                told,
                cost,
                startedAt,
                end);
    }
}
