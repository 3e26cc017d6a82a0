package org.tresccad.e2e;

/**
 * When a fault happens: as soon as the daemon at one end of a move has come to a {@link Failpoint}.
 *
 * @param end whose daemon it is
 * @param point where it is held
 * @param isAfterCancel whether it comes there only because the move is cancelled, when the guest is about to be prepared
 */
record Moment(End end, String point, boolean isAfterCancel) {
    /** An end of a move. */
    enum End {
        SOURCE,
        TARGET
    }

    static Moment atSource(String point) {
        return new Moment(End.SOURCE, point, point.contains("WITHDRAWN"));
    }

    static Moment atTarget(String point) {
        return new Moment(End.TARGET, point, point.contains("DISCARDED"));
    }

    /** Whether the source may take the guest back: nobody has claimed the epoch. */
    boolean isUndecided() {
        return end == End.SOURCE
                ? point.matches(".*(REQUESTED|CHECKED|SENDING_AHEAD|FROZEN|freeze|copyMemory|before move CLAIMED)")
                : point.matches(".*(RECEIVING|PREPARED|restoreIncoming|complete)");
    }

    /** Whether the guest has begun, or is about, to run at the target. */
    boolean mayRunAtTarget() {
        return point.matches(".*(ACCEPTED|spendMemory|resume|RUNNING|DONE|sweep)");
    }

    @Override
    public String toString() {
        String name =
                switch (point) {
                    case "after freeze" -> "after the freeze";
                    case "after copyMemory" -> "memory copied ahead";
                    case "before restoreIncoming" -> "before the guest is made";
                    case "after complete" -> "after the guest is made";
                    case "before spendMemory" -> "before the memory is spent";
                    case "after spendMemory" -> "after the memory is spent";
                    case "before resume" -> "before the CPUs run";
                    case "after resume" -> "after the CPUs run";
                    case "before sweep" -> "before the files are removed";
                    case "after sweep" -> "after the files are removed";
                    default -> point.replaceAll(" (move|arrival) ", " ");
                };
        return (end == End.SOURCE ? "source, " : "target, ") + name;
    }
}
