package org.tresccad.e2e;

import static org.tresccad.e2e.Fault.LINK_CUT;
import static org.tresccad.e2e.Fault.LINK_CUT_FOR_GOOD;
import static org.tresccad.e2e.Fault.SOURCE_DAEMON_KILLED;
import static org.tresccad.e2e.Fault.SOURCE_LIBVIRTD_KILLED;
import static org.tresccad.e2e.Fault.SOURCE_QEMU_KILLED;
import static org.tresccad.e2e.Fault.TARGET_DAEMON_KILLED;
import static org.tresccad.e2e.Fault.TARGET_DISK_FULL;
import static org.tresccad.e2e.Fault.TARGET_LIBVIRTD_KILLED;
import static org.tresccad.e2e.Fault.TARGET_QEMU_KILLED;
import static org.tresccad.e2e.Fault.TARGET_WIPED;
import static org.tresccad.e2e.Moment.atSource;
import static org.tresccad.e2e.Moment.atTarget;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One move, in one mode, with one fault at one moment. */
record FaultCase(Moment moment, Fault fault, String mode) {
    private static final String PACKAGE = "package";
    private static final String WARM = "warm";

    /** What is tried every time: a dozen that no other test has. */
    private static final Set<FaultCase> FEW = Set.of(
            new FaultCase(atSource("before move FROZEN"), SOURCE_DAEMON_KILLED, PACKAGE),
            new FaultCase(atSource("before move CLAIMED"), SOURCE_DAEMON_KILLED, PACKAGE),
            new FaultCase(atSource("before move DONE"), SOURCE_DAEMON_KILLED, PACKAGE),
            new FaultCase(atSource("after move WITHDRAWN"), SOURCE_DAEMON_KILLED, PACKAGE),
            new FaultCase(atTarget("before arrival PREPARED"), TARGET_DAEMON_KILLED, PACKAGE),
            new FaultCase(atTarget("before arrival ACCEPTED"), TARGET_DAEMON_KILLED, PACKAGE),
            new FaultCase(atTarget("after resume"), TARGET_DAEMON_KILLED, WARM),
            new FaultCase(atSource("after freeze"), SOURCE_QEMU_KILLED, PACKAGE),
            new FaultCase(atTarget("after arrival PREPARED"), TARGET_QEMU_KILLED, WARM),
            new FaultCase(atTarget("before resume"), TARGET_LIBVIRTD_KILLED, PACKAGE),
            new FaultCase(atTarget("after arrival ACCEPTED"), LINK_CUT, PACKAGE),
            new FaultCase(atTarget("before arrival ACCEPTED"), TARGET_DISK_FULL, PACKAGE));

    /**
     * All of them. Each daemon dies before and after each state of its journal is written; other faults come where the two
     * ends know different things. Those that lose a guest's state for good come last.
     */
    static List<FaultCase> all() {
        List<FaultCase> all = new ArrayList<>();
        for (String state : List.of("REQUESTED", "CHECKED", "FROZEN", "CLAIMED", "DONE", "WITHDRAWN")) {
            add(all, SOURCE_DAEMON_KILLED, atSource("before move " + state), PACKAGE);
            add(all, SOURCE_DAEMON_KILLED, atSource("after move " + state), PACKAGE);
        }
        add(all, SOURCE_DAEMON_KILLED, atSource("after freeze"), PACKAGE);
        add(all, SOURCE_DAEMON_KILLED, atSource("before move SENDING_AHEAD"), WARM);
        add(all, SOURCE_DAEMON_KILLED, atSource("after move SENDING_AHEAD"), WARM);
        add(all, SOURCE_DAEMON_KILLED, atSource("after copyMemory"), WARM);
        add(all, SOURCE_DAEMON_KILLED, atSource("after move FROZEN"), WARM);
        add(all, SOURCE_DAEMON_KILLED, atSource("after move CLAIMED"), WARM);
        add(all, SOURCE_DAEMON_KILLED, atSource("after sweep"), PACKAGE);
        add(all, SOURCE_DAEMON_KILLED, atTarget("after arrival RUNNING"), PACKAGE);

        for (String state : List.of("RECEIVING", "PREPARED", "ACCEPTED", "RUNNING", "DISCARDED")) {
            add(all, TARGET_DAEMON_KILLED, atTarget("before arrival " + state), PACKAGE);
            add(all, TARGET_DAEMON_KILLED, atTarget("after arrival " + state), PACKAGE);
        }
        add(all, TARGET_DAEMON_KILLED, atTarget("before restoreIncoming"), PACKAGE);
        add(all, TARGET_DAEMON_KILLED, atTarget("after complete"), WARM);
        for (String step : List.of("spendMemory", "resume")) {
            add(all, TARGET_DAEMON_KILLED, atTarget("before " + step), PACKAGE);
            add(all, TARGET_DAEMON_KILLED, atTarget("after " + step), WARM);
        }
        add(all, TARGET_DAEMON_KILLED, atSource("after copyMemory"), WARM);
        add(all, TARGET_DAEMON_KILLED, atSource("after move FROZEN"), PACKAGE);
        add(all, TARGET_DAEMON_KILLED, atSource("before move CLAIMED"), WARM);
        add(all, TARGET_DAEMON_KILLED, atSource("before move DONE"), PACKAGE);

        add(all, SOURCE_QEMU_KILLED, atSource("after copyMemory"), WARM);
        add(all, SOURCE_QEMU_KILLED, atSource("after move FROZEN"), PACKAGE);
        add(all, SOURCE_QEMU_KILLED, atSource("after freeze"), PACKAGE);
        add(all, SOURCE_QEMU_KILLED, atSource("before move WITHDRAWN"), PACKAGE);
        add(all, SOURCE_QEMU_KILLED, atSource("after move CLAIMED"), WARM);

        add(all, TARGET_QEMU_KILLED, atTarget("before arrival PREPARED"), PACKAGE);
        add(all, TARGET_QEMU_KILLED, atTarget("after arrival PREPARED"), WARM);
        add(all, TARGET_QEMU_KILLED, atTarget("after arrival ACCEPTED"), PACKAGE);
        add(all, TARGET_QEMU_KILLED, atTarget("after spendMemory"), PACKAGE);
        add(all, TARGET_QEMU_KILLED, atTarget("before arrival RUNNING"), PACKAGE);

        add(all, SOURCE_LIBVIRTD_KILLED, atSource("after copyMemory"), WARM);
        add(all, SOURCE_LIBVIRTD_KILLED, atSource("after move FROZEN"), PACKAGE);
        add(all, SOURCE_LIBVIRTD_KILLED, atSource("before move CLAIMED"), PACKAGE);
        add(all, SOURCE_LIBVIRTD_KILLED, atSource("after move WITHDRAWN"), PACKAGE);
        add(all, SOURCE_LIBVIRTD_KILLED, atSource("before move DONE"), WARM);

        add(all, TARGET_LIBVIRTD_KILLED, atTarget("after arrival RECEIVING"), PACKAGE);
        add(all, TARGET_LIBVIRTD_KILLED, atTarget("after arrival PREPARED"), PACKAGE);
        add(all, TARGET_LIBVIRTD_KILLED, atTarget("before resume"), PACKAGE);
        add(all, TARGET_LIBVIRTD_KILLED, atTarget("before arrival DISCARDED"), PACKAGE);

        add(all, LINK_CUT, atSource("after move FROZEN"), PACKAGE);
        add(all, LINK_CUT, atTarget("after arrival PREPARED"), WARM);
        add(all, LINK_CUT, atSource("after move CLAIMED"), PACKAGE);
        add(all, LINK_CUT, atTarget("after arrival ACCEPTED"), PACKAGE);
        add(all, LINK_CUT, atTarget("after arrival RUNNING"), WARM);

        add(all, LINK_CUT_FOR_GOOD, atSource("after move FROZEN"), PACKAGE);
        add(all, LINK_CUT_FOR_GOOD, atTarget("after arrival PREPARED"), WARM);
        add(all, LINK_CUT_FOR_GOOD, atSource("after move CLAIMED"), PACKAGE);
        add(all, LINK_CUT_FOR_GOOD, atTarget("after arrival RUNNING"), PACKAGE);

        add(all, TARGET_DISK_FULL, atTarget("after arrival RECEIVING"), PACKAGE);
        add(all, TARGET_DISK_FULL, atSource("after copyMemory"), WARM);
        add(all, TARGET_DISK_FULL, atTarget("before arrival PREPARED"), PACKAGE);
        add(all, TARGET_DISK_FULL, atTarget("before arrival ACCEPTED"), PACKAGE);
        add(all, TARGET_DISK_FULL, atTarget("before arrival RUNNING"), PACKAGE);

        add(all, TARGET_WIPED, atSource("after move FROZEN"), PACKAGE);
        add(all, TARGET_WIPED, atTarget("after arrival PREPARED"), WARM);
        add(all, TARGET_WIPED, atSource("after move CLAIMED"), PACKAGE);
        add(all, TARGET_WIPED, atTarget("before arrival ACCEPTED"), PACKAGE);
        return List.copyOf(all);
    }

    /** The dozen of {@link #all} that is tried every time. */
    static List<FaultCase> few() {
        return all().stream().filter(FEW::contains).toList();
    }

    private static void add(List<FaultCase> cases, Fault fault, Moment moment, String mode) {
        cases.add(new FaultCase(moment, fault, mode));
    }

    @Override
    public String toString() {
        return moment + ": " + fault + " (" + mode + ")";
    }
}
