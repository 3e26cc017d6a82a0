package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;

/**
 * Who takes part in a move to which something happens.
 *
 * @param before the number of the source's last move before it
 */
record FaultScene(SmallDisk disk, Guest guest, Host source, Host target, long before) {
    /** A source that hears nothing any more must let its guest run on by then. */
    private static final Duration SILENCE = Duration.ofSeconds(150);

    /** Shorter than what either end takes for silence. */
    private static final Duration SHORT_CUT = Duration.ofSeconds(6);

    /** Longer than one try to write takes. */
    private static final Duration DISK_IS_FULL = Duration.ofSeconds(5);

    Host at(Moment.End end) {
        return end == Moment.End.SOURCE ? source : target;
    }

    /** Lets the fault happen, while a daemon is held at the moment. */
    void strike(Fault fault, Moment moment) {
        switch (fault) {
            case SOURCE_DAEMON_KILLED -> source.daemon("kill");
            case TARGET_DAEMON_KILLED -> target.daemon("kill");
            case SOURCE_QEMU_KILLED -> source.killQemus();
            case TARGET_QEMU_KILLED -> target.killQemus();
            case SOURCE_LIBVIRTD_KILLED -> source.libvirtd("kill");
            case TARGET_LIBVIRTD_KILLED -> target.libvirtd("kill");
            case LINK_CUT, LINK_CUT_FOR_GOOD -> cable(moment).link("down");
            case TARGET_DISK_FULL -> disk.fill();
            case TARGET_WIPED -> target.wipe();
        }
    }

    /** Undoes it, after as long as it is meant to last; what is worth telling of that time, or nothing. */
    String mend(Fault fault, Moment moment) {
        switch (fault) {
            case SOURCE_DAEMON_KILLED -> source.daemon("start");
            case TARGET_DAEMON_KILLED -> target.daemon("start");
            case SOURCE_LIBVIRTD_KILLED -> source.libvirtd("start");
            case TARGET_LIBVIRTD_KILLED -> target.libvirtd("start");
            case LINK_CUT -> {
                last(SHORT_CUT);
                cable(moment).link("up");
            }
            case LINK_CUT_FOR_GOOD -> {
                try {
                    return whileCut(moment);
                } finally {
                    cable(moment).link("up");
                }
            }
            case TARGET_DISK_FULL -> {
                last(DISK_IS_FULL);
                disk.empty();
            }
            case SOURCE_QEMU_KILLED, TARGET_QEMU_KILLED, TARGET_WIPED -> {}
        }
        return "";
    }

    /** The state of the move, or {@code NONE} when it was never journaled. */
    String state() {
        List<String> states =
                source.query("SELECT state FROM move WHERE number > " + before + " ORDER BY number DESC LIMIT 1");
        return states.isEmpty() ? "NONE" : states.get(0);
    }

    /** Nobody is told and nobody decides, yet in bounded time the source runs the guest, or has asked again. */
    private String whileCut(Moment moment) {
        long cutAt = System.nanoTime();
        if (moment.isUndecided()) {
            long tick = guest.lastTick();
            await("the source to let the guest run on").atMost(SILENCE).until(() -> guest.lastTick() > tick + 1);
            assertThat(state()).isIn("WITHDRAWN", "FAILED");
            return "while cut, the source took the guest back within " + seconds(cutAt) + " s";
        }
        long tried = source.logged("could not be told");
        await("the source to tell again").atMost(SILENCE).until(() -> source.logged("could not be told") > tried);
        assertThat(state()).isEqualTo("CLAIMED");
        if (!moment.mayRunAtTarget()) {
            return "while cut, the source kept everything and told again";
        }
        await("the guest to be heard from the target")
                .until(() -> guest.heardFrom().equals(target.address()));
        return "while cut, the guest ran at the target, and the source kept everything and told again";
    }

    /** Not that of the host where the guest runs: what it sent while it cannot be heard would be missed. */
    private Host cable(Moment moment) {
        return moment.mayRunAtTarget() ? source : target;
    }

    /** The length of a fault is part of the case; nothing is waited for. */
    private static void last(Duration length) {
        await().pollDelay(length).until(() -> true);
    }

    private static long seconds(long since) {
        return Duration.ofNanos(System.nanoTime() - since).toSeconds();
    }
}
