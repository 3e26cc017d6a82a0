package org.tresccad.client.between;

import java.util.Optional;
import java.util.UUID;
import org.tresccad.client.Cloud;
import org.tresccad.client.between.Standing.Who;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.handover.Decision;
import org.tresccad.client.handover.FrozenEpoch;

/**
 * The registers of source and target, which may be one: two projects of one Glance, each of which sees records of its own.
 *
 * <p>With two, the source's says that the epoch was given to the target (by a claim whose claimant is the id of the target's
 * Glance), and from then on the target's decides. Both are written once only, so asking again is always right.
 */
final class Registers {
    private final Cloud source;
    private final Cloud target;
    private final UUID sourceId;
    private final UUID targetId;

    /** Asks both for their names. */
    Registers(Cloud source, Cloud target) {
        this.source = source;
        this.target = target;
        this.sourceId = source.register().home().id();
        this.targetId = target.register().home().id();
    }

    UUID sourceId() {
        return sourceId;
    }

    UUID targetId() {
        return targetId;
    }

    /** Whether both clouds have one Glance, and so one register. */
    boolean isOne() {
        return sourceId.equals(targetId);
    }

    /** What stands now. */
    Standing look(FrozenEpoch epoch) {
        return isOne() ? ofOne(epoch) : ofTwo(epoch);
    }

    private Standing ofOne(FrozenEpoch epoch) {
        Optional<Decision> decided = source.register().find(epoch, target.register());
        if (decided.isEmpty()) {
            return new Standing(Who.OPEN, "nobody has claimed it");
        }
        if (decided.get() instanceof Decision.Claimed claimed) {
            if (claimed.isReturned()) {
                return new Standing(Who.OPEN, "its last claim was given back");
            }
            // Whoever claims makes the record in its own project.
            boolean isTargets = source.projectId().equals(target.projectId())
                    || target.register().project(epoch, source.register()).equals(Optional.of(target.projectId()));
            return isTargets ? atTarget(claimed) : others(claimed);
        }
        return undone(decided.get());
    }

    private Standing ofTwo(FrozenEpoch epoch) {
        Optional<Decision> there = target.register().find(epoch);
        if (there.isPresent() && there.get() instanceof Decision.Claimed claimed && !claimed.isReturned()) {
            return atTarget(claimed);
        }
        if (there.isPresent() && there.get() instanceof Decision.Unreadable) {
            return undone(there.get());
        }
        boolean isWithdrawnThere = there.isPresent() && there.get() instanceof Decision.Withdrawn;
        Optional<Decision> here = source.register().find(epoch);
        if (here.isPresent() && !(here.get() instanceof Decision.Claimed)) {
            return undone(here.get());
        }
        if (here.isPresent() && here.get() instanceof Decision.Claimed claimed) {
            boolean isForTarget = claimed.by().equals(targetId);
            if (!isForTarget && !claimed.isReturned()) {
                return others(claimed);
            }
            if (isForTarget && claimed.isReturned()) {
                return new Standing(Who.SOURCE, "it was given back to the source");
            }
        }
        return isWithdrawnThere
                ? new Standing(Who.SOURCE, "it was taken back from the target")
                : new Standing(Who.OPEN, "nobody runs it");
    }

    /**
     * Gives the epoch to the target. Of one register nothing is given, for who claims first has the epoch; the target only
     * gets to read what the source's project has written. Asked again it does the same.
     */
    void give(FrozenEpoch epoch) {
        if (isOne()) {
            source.register().share(epoch, target.register(), target.projectId());
            return;
        }
        Decision stands = source.register().claim(epoch, targetId);
        if (!(stands instanceof Decision.Claimed claimed) || !claimed.by().equals(targetId)) {
            throw new CloudConflict(
                    source.name(),
                    "give epoch " + epoch + " to " + target.name(),
                    stands instanceof Decision.Claimed other
                            ? others(other).why() + "."
                            : undone(stands).why() + ".");
        }
    }

    /** Takes the epoch from the target if that can be; SOURCE when the source may run it then. */
    Standing takeBack(FrozenEpoch epoch) {
        return isOne() ? takeBackOfOne(epoch) : takeBackOfTwo(epoch);
    }

    /**
     * Nothing is withdrawn, since a withdrawal would be one for the source, too. Who claims first has it, and that can be
     * the source once it can read that the target's claims were given back.
     */
    private Standing takeBackOfOne(FrozenEpoch epoch) {
        Standing stands = ofOne(epoch);
        if (stands.who() != Who.OPEN) {
            return stands;
        }
        target.register().share(epoch, source.register(), source.projectId());
        return new Standing(Who.SOURCE, stands.why());
    }

    private Standing takeBackOfTwo(FrozenEpoch epoch) {
        Optional<Decision> here = source.register().find(epoch);
        if (here.isEmpty()) {
            // Never given away; so the target has no right to it, whatever it was asked for.
            return new Standing(Who.SOURCE, "nobody has claimed it");
        }
        if (!(here.get() instanceof Decision.Claimed claimed)) {
            return undone(here.get());
        }
        if (claimed.isReturned()) {
            return new Standing(Who.SOURCE, "it was given back to the source");
        }
        if (!claimed.by().equals(targetId)) {
            return others(claimed);
        }
        Decision there = target.register().withdraw(epoch);
        if (there instanceof Decision.Claimed running) {
            return atTarget(running);
        }
        if (there instanceof Decision.Unreadable) {
            return undone(there);
        }
        source.register().tellReturned(epoch, targetId);
        return new Standing(Who.SOURCE, "it was taken back from the target");
    }

    /** The source's register hears that it runs at the target. */
    void tellRunning(FrozenEpoch epoch) {
        if (!isOne()) {
            source.register().tellRunning(epoch, targetId);
        }
    }

    private Standing atTarget(Decision.Claimed claimed) {
        return claimed.isRunning()
                ? new Standing(Who.TARGET_RUNS, "it runs at " + target.name())
                : new Standing(Who.TARGET_CLAIMED, target.name() + " has claimed it, and runs it or will");
    }

    private static Standing others(Decision.Claimed claimed) {
        return new Standing(
                Who.OTHERS,
                "another has claimed it, as " + claimed.by() + (claimed.isRunning() ? ", and runs it" : "")
                        + "; maybe it was restored at the source");
    }

    private static Standing undone(Decision decision) {
        return new Standing(
                Who.OTHERS,
                decision instanceof Decision.Unreadable unreadable
                        ? "who may run it cannot be read: " + unreadable.why()
                        : "it was withdrawn: its guest runs on where it was frozen");
    }
}
