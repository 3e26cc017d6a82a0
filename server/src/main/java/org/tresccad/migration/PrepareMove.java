package org.tresccad.migration;

import java.util.ArrayList;
import java.util.List;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.CannotRunHere;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceSpec;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.Instances;
import org.tresccad.instance.NoRoom;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.SaveInstance;
import org.tresccad.instance.SharedContent;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Reference;

/** What a move does while the guest still runs: asks whether the destination can take it, sends the base image ahead. */
public final class PrepareMove {
    private final Instances instances;
    private final PackInstance packing;
    private final Contents contents;
    private final SharedContent shared;
    private final InstanceFiles files;
    private final Capacity capacity;
    private final Moves moves;

    /** Wires it. */
    public PrepareMove(
            Instances instances,
            PackInstance packing,
            Contents contents,
            SharedContent shared,
            InstanceFiles files,
            Capacity capacity,
            Moves moves) {
        this.files = files;
        this.capacity = capacity;
        this.moves = moves;
        this.instances = instances;
        this.packing = packing;
        this.contents = contents;
        this.shared = shared;
    }

    /**
     * Prepares the destination.
     *
     * @return what it has of the instance already, and how the instance will go there
     * @throws CannotRunHere with every reason
     * @throws ContentMissing when neither end has the base image
     * @throws NoRoom when this host's disk cannot take the memory
     */
    Prepared prepare(Move move, Peer peer, BandwidthLimit limit, Cancellation cancellation) {
        Instance instance = instances.find(move.instance()).orElseThrow(() -> Instances.missing(move.instance()));
        SaveInstance.requireSavable(instance);
        capacity.shortageToFreeze(instance).ifPresent(shortage -> {
            throw shortage;
        });
        List<Reference> candidates = shared.candidates(instance);
        Manifest manifest =
                packing.describe(instance, move.epoch(), move.nonce()).relativeTo(candidates);
        long overlayBytes = files.diskBytes(instance.id());
        Preflight.Answer answer = peer.reserve(manifest, overlayBytes);
        List<Preflight.Reason> reasons = new ArrayList<>(answer.reasons());
        boolean lacksBase = reasons.removeIf(reason -> reason.subject().equals(Preflight.BASE_IMAGE));
        if (!reasons.isEmpty()) {
            throw new CannotRunHere(move.destination(), reasons);
        }
        List<Integer> missing = answer.missing();
        if (lacksBase) {
            uploadBase(instance, peer, limit, cancellation);
            missing = peer.reserve(manifest, overlayBytes).missing();
        }
        cancellation.throwIfCancelled();
        InCommon inCommon = inCommon(instance, candidates, missing);
        return new Prepared(inCommon, plan(move, instance, inCommon, peer));
    }

    private Move.Plan plan(Move move, Instance instance, InCommon inCommon, Peer peer) {
        Prediction.Load load = new Prediction.Load(
                files.diskBytes(instance.id()),
                instance.spec().flavor().memoryMib(),
                inCommon.references().stream().anyMatch(Reference.Kept.class::isInstance));
        List<Move> earlier = moves.done(move.project(), move.destination(), Prediction.LATEST);
        boolean isRunning = instance.status() == InstanceStatus.ACTIVE;
        if (peer instanceof DecidingPeer) {
            Move.Plan plan = Prediction.plan(MoveMode.PACKAGE, isRunning, load, earlier);
            return new Move.Plan(
                    plan.mode(), plan.estimate(), plan.predicted(), "package: an OpenStack restores nothing else");
        }
        return Prediction.plan(move.mode(), isRunning, load, earlier);
    }

    private InCommon inCommon(Instance instance, List<Reference> candidates, List<Integer> missing) {
        List<Reference> there = new ArrayList<>();
        for (int number = 0; number < candidates.size(); number++) {
            if (!missing.contains(number)) {
                there.add(candidates.get(number));
            }
        }
        return new InCommon(there, shared.index(instance, there));
    }

    private void uploadBase(Instance instance, Peer peer, BandwidthLimit limit, Cancellation cancellation) {
        StoredContent base = content("base image", instance.spec().base());
        Progress progress = new Progress();
        progress.expect(base.sizeBytes());
        String name = "base-" + base.digest().sha512().substring(0, 12);
        if (peer instanceof DecidingPeer cloud && instance.spec().boot().isPresent()) {
            cloud.uploadBase(name, base, boot(instance.spec().boot().get()), limit, progress, cancellation);
        } else {
            peer.uploadBase(name, base, limit, progress, cancellation);
        }
    }

    private DecidingPeer.Boot boot(InstanceSpec.KernelBoot boot) {
        return new DecidingPeer.Boot(
                content("kernel", boot.kernel()),
                boot.ramdisk().map(ramdisk -> content("ramdisk", ramdisk)),
                boot.commandLine());
    }

    private StoredContent content(String what, ContentDigest digest) {
        return contents.find(digest).orElseThrow(() -> new ContentMissing(what, digest));
    }

    /** A destination that is ready. */
    record Prepared(InCommon inCommon, Move.Plan plan) {}
}
