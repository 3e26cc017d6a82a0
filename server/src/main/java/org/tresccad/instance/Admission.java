package org.tresccad.instance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.identity.Caller;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.Role;
import org.tresccad.instance.Preflight.Reason;
import org.tresccad.instance.Reservations.Share;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/**
 * Whether an instance may come here: asked before the freeze by the source, which then has the room for a while, and
 * again when the package comes. Both ask the same, so that nothing is refused after the freeze that could be said before.
 */
public final class Admission {
    /** How long room is promised: for sending a base image ahead, and for a turn to send. */
    static final Duration PROMISE = Duration.ofMinutes(10);

    private static final String ROOM = "room";
    private static final String QUOTA = "quota";

    private final Preflight preflight;
    private final Capacity capacity;
    private final Quotas quotas;
    private final Reservations reservations;
    private final Instances instances;
    private final Arrivals arrivals;
    private final Register register;
    private final Homes homes;
    private final Database database;
    private final UUID hostId;
    private final String hostName;

    /** Wires it; {@code hostId} and {@code hostName} are this host's. */
    public Admission(
            Preflight preflight,
            Capacity capacity,
            Quotas quotas,
            Reservations reservations,
            Instances instances,
            Arrivals arrivals,
            Register register,
            Homes homes,
            Database database,
            UUID hostId,
            String hostName) {
        this.preflight = preflight;
        this.capacity = capacity;
        this.quotas = quotas;
        this.reservations = reservations;
        this.instances = instances;
        this.arrivals = arrivals;
        this.register = register;
        this.homes = homes;
        this.database = database;
        this.hostId = hostId;
        this.hostName = hostName;
    }

    /** What {@code caller} is told about an instance that describes itself like this; promises nothing. */
    public Preflight.Answer check(Caller caller, Manifest manifest) {
        List<Reason> reasons = reasonsButForRoom(caller, manifest);
        Reservations.Key key = key(manifest);
        note(reasons, QUOTA, () -> requireQuota(caller, manifest, key));
        note(reasons, ROOM, () -> requireRoom(manifest, 0, key));
        return new Preflight.Answer(reasons, preflight.missing(caller, manifest));
    }

    /**
     * As {@link #check}, for an instance that is about to come: when nothing is in the way but a missing base image, its
     * memory, its disk and its part of the project's quotas are promised to it for some minutes.
     *
     * @param overlayBytes what its overlay takes on the disk
     */
    public Preflight.Answer reserve(Caller caller, Manifest manifest, long overlayBytes) {
        List<Reason> reasons = reasonsButForRoom(caller, manifest);
        Reservations.Key key = key(manifest);
        synchronized (reservations) {
            note(reasons, QUOTA, () -> requireQuota(caller, manifest, key));
            note(reasons, ROOM, () -> requireRoom(manifest, overlayBytes, key));
            if (reasons.stream().allMatch(reason -> reason.subject().equals(Preflight.BASE_IMAGE))) {
                reservations.hold(key, share(caller, manifest, overlayBytes), PROMISE);
            }
        }
        return new Preflight.Answer(reasons, preflight.missing(caller, manifest));
    }

    /** The one who asked {@link #reserve} does not come. */
    public void giveUp(Epoch epoch, UUID nonce) {
        reservations.giveUp(new Reservations.Key(epoch, nonce));
    }

    /**
     * Lets an instance in, with the room that was promised to it, or with what there is.
     *
     * @param key what it will be here
     * @throws TresccadException CONFLICT when it was here before, was decided otherwise, or its home is nobody that this
     *     host could ask; QUOTA_EXCEEDED
     * @throws CannotRunHere with every other reason
     */
    void admit(Caller caller, Manifest manifest, ArrivalKind kind, Reservations.Key key) {
        if (kind != ArrivalKind.CLONE) {
            requireNew(manifest);
            requireOwn(caller, manifest);
        }
        List<Reason> reasons = kind == ArrivalKind.CLONE
                ? preflight.reasonsAgainstClone(caller, manifest)
                : preflight.reasons(caller, manifest);
        note(reasons, ROOM, () -> requireRoom(manifest, 0, key));
        if (!reasons.isEmpty()) {
            throw new CannotRunHere(hostName, reasons);
        }
        requireQuota(caller, manifest, key);
        if (kind == ArrivalKind.HANDOVER) {
            requireHome(caller.projectId(), manifest.identity().home());
        }
        synchronized (reservations) {
            requireQuota(caller, manifest, key);
            requireRoom(manifest, 0, key);
            reservations.hold(key, share(caller, manifest, 0), PROMISE);
        }
    }

    /** It has a row that stands for its memory; its disk is promised until {@link #release}. */
    void takeOver(Reservations.Key key) {
        reservations.takeOver(key);
    }

    /** It has all it needs, or needs nothing any more. */
    void release(Reservations.Key key) {
        reservations.release(key);
    }

    private List<Reason> reasonsButForRoom(Caller caller, Manifest manifest) {
        List<Reason> reasons = new ArrayList<>();
        note(reasons, "rights", () -> caller.require(Role.MEMBER));
        note(reasons, "epoch", () -> requireNew(manifest));
        note(reasons, "lineage", () -> requireOwn(caller, manifest));
        reasons.addAll(preflight.reasons(caller, manifest));
        note(
                reasons,
                "home",
                () -> requireHome(caller.projectId(), manifest.identity().home()));
        return reasons;
    }

    private static void note(List<Reason> reasons, String subject, Runnable requirement) {
        try {
            requirement.run();
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.INTERNAL || e.kind() == ErrorKind.UNAVAILABLE) {
                throw e;
            }
            reasons.add(new Reason(subject, String.valueOf(e.getMessage())));
        }
    }

    /** Refuses what has come here before, and an epoch whose home is here and decided it otherwise. */
    private void requireNew(Manifest manifest) {
        Optional<Arrival> before = arrivals.find(epoch(manifest));
        before.ifPresent(Arrival::requireMayComeAgain);
        requireUndecided(manifest, before.map(Arrival::claimant));
    }

    /**
     * Refuses a package from elsewhere that calls itself an epoch of another project's instance: once it ran here, this host
     * would take that project's own packages for old ones. One of this host's own is known by its nonce.
     */
    private void requireOwn(Caller caller, Manifest manifest) {
        boolean isOurs = manifest.identity().home().hostId().equals(hostId);
        Lineage lineage = epoch(manifest).lineage();
        if (!isOurs && database.read(handle -> register.isOfAnother(handle, lineage, caller.projectId()))) {
            throw new TresccadException(
                    ErrorKind.CONFLICT, "The instance " + lineage + " belongs to another project of this host.");
        }
    }

    private void requireUndecided(Manifest manifest, Optional<Claimant> before) {
        if (!manifest.identity().home().hostId().equals(hostId)) {
            return;
        }
        database.read(handle -> register.find(handle, epoch(manifest)))
                .flatMap(Register.Entry::verdict)
                .filter(verdict -> before.filter(by -> verdict.equals(new Verdict.Claimed(by)))
                        .isEmpty())
                .ifPresent(verdict -> {
                    throw new TresccadException(
                            ErrorKind.CONFLICT,
                            verdict instanceof Verdict.Withdrawn
                                    ? "This package was taken back; its instance ran on."
                                    : "This package was restored elsewhere already; one frozen instance runs once.");
                });
    }

    /** Refuses a package whose home nobody here could ask. */
    private void requireHome(ProjectId project, Manifest.Home home) {
        if (!home.hostId().equals(hostId) && homes.find(project, home).isEmpty()) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "The package belongs to host '" + home.name() + "', which decides who may run it and is not among"
                            + " this project's destinations here. Add it, then restore again.");
        }
    }

    private void requireQuota(Caller caller, Manifest manifest, Reservations.Key own) {
        quotas.check(
                Quotas.Usage.of(instances.list(caller, false))
                        .plus(reservations.usage(caller.projectId(), Optional.of(own))),
                usage(manifest));
    }

    private void requireRoom(Manifest manifest, long overlayBytes, Reservations.Key own) {
        capacity.shortage(manifest.hardware().memoryMib(), diskBytes(manifest, overlayBytes), Optional.of(own))
                .ifPresent(shortage -> {
                    throw shortage;
                });
    }

    private static Share share(Caller caller, Manifest manifest, long overlayBytes) {
        return new Share(caller.projectId(), usage(manifest), diskBytes(manifest, overlayBytes));
    }

    private static Quotas.Usage usage(Manifest manifest) {
        return new Quotas.Usage(
                1, manifest.hardware().vcpus(), manifest.hardware().memoryMib());
    }

    private static long diskBytes(Manifest manifest, long overlayBytes) {
        return ((long) manifest.hardware().memoryMib() << 20) + overlayBytes;
    }

    private static Reservations.Key key(Manifest manifest) {
        return new Reservations.Key(epoch(manifest), manifest.identity().nonce());
    }

    private static Epoch epoch(Manifest manifest) {
        return new Epoch(
                new Lineage(manifest.identity().lineage()), manifest.identity().epoch());
    }
}
