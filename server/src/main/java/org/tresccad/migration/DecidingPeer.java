package org.tresccad.migration;

import java.util.Optional;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.image.ImageId;
import org.tresccad.image.StoredContent;
import org.tresccad.instance.InstanceId;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.vmpackage.Manifest;

/**
 * An OpenStack as the other end of a move. Its image service is the home of what is sent there: the cloud restores the
 * package, claims it there, and lets it run, and nobody drives it. It knows nothing of arrivals.
 */
public interface DecidingPeer extends Peer {
    /** Its image service, as manifests name it. */
    Manifest.Home home();

    /** The register there. */
    ForeignRegister register();

    /** As {@link Peer#uploadBase}, with what a guest was booted by that brought no boot loader on its disk. */
    void uploadBase(
            String name,
            StoredContent base,
            Boot boot,
            BandwidthLimit limit,
            Progress progress,
            Cancellation cancellation);

    /** What has become of a server there. */
    Server server(InstanceId id);

    /**
     * Deletes what was made there of a package that never runs.
     *
     * @param known the server, as far as it is known; others are found by the package they were made of
     */
    void deleteServers(ImageId restoredFrom, Optional<InstanceId> known);

    /** A kernel that lies beside the disk. Its cloud needs it to start the guest anew some day. */
    record Boot(StoredContent kernel, Optional<StoredContent> ramdisk, String commandLine) {}

    /**
     * A server of the cloud's.
     *
     * @param fault why it failed, or empty
     */
    record Server(State state, String fault) {
        /** How far it is. */
        public enum State {
            /** It is being made. */
            BUILDING,
            /** It is there, whatever its status. */
            THERE,
            /** It could not be made. */
            FAILED,
            /** There is none, or none any more. */
            GONE
        }
    }
}
