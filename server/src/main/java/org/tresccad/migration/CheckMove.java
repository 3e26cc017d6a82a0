package org.tresccad.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.image.Contents;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.Instances;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.SaveInstance;
import org.tresccad.vmpackage.Manifest;

/** Answers whether a move would be possible, by the very question that a move asks first, and moves nothing. */
public final class CheckMove {
    /** Subject of the reason that lies in the instance as it is now: off, busy, or locked. */
    public static final String STATE = "state";

    /** Subject of the reason that this host's disk cannot take the instance's memory. */
    public static final String SOURCE_ROOM = "source_room";

    /** Subject of the reason that nobody could be asked: the destination is silent, refuses, or is no tresccad host. */
    public static final String DESTINATION = "destination";

    /** What is not yet, or will never be, whole enough to be described. */
    private static final Set<InstanceStatus> UNFINISHED = Set.of(InstanceStatus.BUILD, InstanceStatus.ERROR);

    private final Instances instances;
    private final Destinations destinations;
    private final PackInstance packing;
    private final Contents contents;
    private final Capacity capacity;

    /** Wires it. */
    public CheckMove(
            Instances instances,
            Destinations destinations,
            PackInstance packing,
            Contents contents,
            Capacity capacity) {
        this.instances = instances;
        this.destinations = destinations;
        this.packing = packing;
        this.contents = contents;
        this.capacity = capacity;
    }

    /**
     * Whether the instance could be moved there now. What keeps it here is looked for too when the destination would
     * take it, so that nobody learns of one reason after the other.
     *
     * @throws TresccadException NOT_FOUND, FORBIDDEN, BAD_REQUEST (unknown destination)
     */
    public Outcome check(Caller caller, InstanceId id, String destination) {
        Instance instance = instances.get(caller, id);
        caller.require(Role.MEMBER);
        List<Preflight.Reason> reasons = new ArrayList<>();
        checkHere(caller, instance, reasons);
        try (Peer peer = destinations.connect(instance.project(), destination)) {
            if (!UNFINISHED.contains(instance.status())) {
                // The nonce is never used: no epoch is opened.
                reasons.addAll(
                        ask(peer, packing.describe(instance, instance.epoch().next(), UUID.randomUUID())));
            }
        }
        boolean isBaseMissing = reasons.stream().anyMatch(CheckMove::isBase);
        boolean sendsBase =
                isBaseMissing && contents.find(instance.spec().base()).isPresent();
        if (sendsBase) {
            reasons.removeIf(CheckMove::isBase);
        }
        return new Outcome(reasons, sendsBase);
    }

    private void checkHere(Caller caller, Instance instance, List<Preflight.Reason> reasons) {
        if (instance.isLocked() && !caller.isAdmin()) {
            reasons.add(new Preflight.Reason(STATE, "Instance " + instance.id() + " is locked."));
        }
        try {
            SaveInstance.requireSavable(instance);
        } catch (TresccadException e) {
            reasons.add(new Preflight.Reason(STATE, String.valueOf(e.getMessage())));
        }
        capacity.shortageToFreeze(instance)
                .ifPresent(shortage -> reasons.add(new Preflight.Reason(SOURCE_ROOM, shortage.getMessage())));
    }

    private static List<Preflight.Reason> ask(Peer peer, Manifest manifest) {
        try {
            return peer.check(manifest).reasons();
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.INTERNAL) {
                throw e;
            }
            return List.of(new Preflight.Reason(DESTINATION, String.valueOf(e.getMessage())));
        }
    }

    private static boolean isBase(Preflight.Reason reason) {
        return reason.subject().equals(Preflight.BASE_IMAGE);
    }

    /**
     * The answer.
     *
     * @param reasons every reason why not; none means that it could be moved
     * @param sendsBase whether a move would send the base image ahead, since the destination lacks it
     */
    public record Outcome(List<Preflight.Reason> reasons, boolean sendsBase) {
        /** Copies the list. */
        public Outcome {
            reasons = List.copyOf(reasons);
        }

        /** Whether nothing is in the way. */
        public boolean isPossible() {
            return reasons.isEmpty();
        }
    }
}
