package org.tresccad.migration;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What a move would cost in one mode. First an estimate, as good as its assumptions:
 *
 * <ul>
 *   <li>in either mode the guest stands still for {@value #FIXED_SECONDS} s, and for the time its memory is written,
 *       compared and read: per GiB {@value #PACKAGE_SECONDS_PER_GIB} s in a package, which compresses it, and
 *       {@value #WARM_SECONDS_PER_GIB} s when most of it was sent ahead;
 *   <li>a package sends, besides, the overlay's file and {@value #PACKED_MEMORY_PERCENT} % of the memory (what is left
 *       of a guest's memory that is a quarter in use, compressed), or {@value #CHANGED_PERCENT} % of all that where the
 *       destination has kept what the guest was when it left;
 *   <li>as fast as the fastest of the latest moves there, or, before there was one, {@value #USUAL_BYTES_PER_SECOND}
 *       bytes a second.
 * </ul>
 *
 * <p>Then the moves there that were estimated so before correct it: by the median of what they took over what had been
 * estimated. What comes on top of the interruption is the median of what it was.
 *
 * @param estimate of the interruption, uncorrected
 * @param interruption from the guest's stop to its resume
 * @param total from the request to the end
 */
public record Prediction(MoveMode mode, Duration estimate, Duration interruption, Duration total) {
    static final double FIXED_SECONDS = 0.5;
    static final double PACKAGE_SECONDS_PER_GIB = 4;
    static final double WARM_SECONDS_PER_GIB = 2;
    static final int PACKED_MEMORY_PERCENT = 25;
    static final int CHANGED_PERCENT = 5;
    static final double USUAL_BYTES_PER_SECOND = 50e6;

    /** How many moves are worth looking at: the latest. */
    public static final int LATEST = 8;

    private static final double MIB = 1 << 20;
    private static final double MIB_PER_GIB = 1024;

    /** A move of less says nothing of the link. */
    private static final long TELLING_BYTES = 4 << 20;

    /** One move cannot make the next estimate wrong by more than this. */
    private static final double MOST_CORRECTION = 20;

    /**
     * What is to be moved.
     *
     * @param overlayBytes size of the file of the guest's overlay
     * @param wasThere whether the destination has kept what the guest was when it left it
     */
    public record Load(long overlayBytes, int memoryMib, boolean wasThere) {
        private double packedBytes() {
            double all = overlayBytes + memoryMib * MIB * PACKED_MEMORY_PERCENT / 100;
            return wasThere ? all * CHANGED_PERCENT / 100 : all;
        }

        private double gibibytes() {
            return memoryMib / MIB_PER_GIB;
        }
    }

    /**
     * The prediction for one guest.
     *
     * @param mode {@link MoveMode#PACKAGE} or {@link MoveMode#WARM}
     * @param moves finished moves to the destination
     */
    public static Prediction of(MoveMode mode, Load load, Collection<Move> moves) {
        List<Move> latest = moves.stream()
                .filter(move -> move.state() == MoveState.DONE
                        && move.figures().interruption().isPresent()
                        && move.figures().total().isPresent()
                        && move.plan().isPresent())
                .sorted(Comparator.comparing(Move::startedAt).reversed())
                .limit(LATEST)
                .toList();
        double bytesPerSecond = latest.stream()
                .filter(move -> move.figures().bytesSent() >= TELLING_BYTES)
                .mapToDouble(Prediction::bytesPerSecond)
                .max()
                .orElse(USUAL_BYTES_PER_SECOND);
        double sending = load.packedBytes() / bytesPerSecond;
        boolean isWarm = mode == MoveMode.WARM;
        double estimate = FIXED_SECONDS
                + (isWarm
                        ? load.gibibytes() * WARM_SECONDS_PER_GIB
                        : load.gibibytes() * PACKAGE_SECONDS_PER_GIB + sending);
        List<Move> alike = latest.stream()
                .filter(move -> move.plan().orElseThrow().mode() == mode)
                .toList();
        double correction = Math.min(
                MOST_CORRECTION,
                Math.max(
                        1 / MOST_CORRECTION,
                        median(
                                alike,
                                move -> interruption(move)
                                        / seconds(move.plan().orElseThrow().estimate()),
                                1)));
        double rest = median(
                alike,
                move -> Math.max(0, seconds(move.figures().total().orElseThrow()) - interruption(move)),
                FIXED_SECONDS + (isWarm ? sending + load.gibibytes() * PACKAGE_SECONDS_PER_GIB : 0));
        double interruption = estimate * correction;
        return new Prediction(mode, ofSeconds(estimate), ofSeconds(interruption), ofSeconds(interruption + rest));
    }

    /** The mode of those that exist in which the guest would stand still for the shortest time. */
    public static Prediction best(boolean isRunning, Load load, Collection<Move> moves) {
        Prediction asPackage = of(MoveMode.PACKAGE, load, moves);
        Prediction warm = of(MoveMode.WARM, load, moves);
        return isRunning && warm.interruption.compareTo(asPackage.interruption) < 0 ? warm : asPackage;
    }

    /** How a move that was asked for in some mode is to be carried out. */
    static Move.Plan plan(MoveMode asked, boolean isRunning, Load load, Collection<Move> moves) {
        Prediction asPackage = of(MoveMode.PACKAGE, load, moves);
        Prediction warm = of(MoveMode.WARM, load, moves);
        if (!isRunning) {
            return asPackage.plan("package: its CPUs stand still, so nothing can be sent ahead");
        }
        if (asked == MoveMode.AUTO) {
            Prediction best = best(true, load, moves);
            return best.plan(String.format(
                    Locale.ROOT,
                    "%s: the interruption is predicted to be %.1f s as package, %.1f s warm",
                    best.mode.wireName(),
                    seconds(asPackage.interruption),
                    seconds(warm.interruption)));
        }
        Prediction wanted = asked == MoveMode.WARM ? warm : asPackage;
        return wanted.plan(asked.wireName() + ": asked for");
    }

    private Move.Plan plan(String why) {
        return new Move.Plan(mode, estimate, interruption, why);
    }

    /** At least: a package is sent within the interruption, what goes ahead within the whole. */
    private static double bytesPerSecond(Move move) {
        boolean isWarm = move.plan().orElseThrow().mode() == MoveMode.WARM;
        double seconds = isWarm ? seconds(move.figures().total().orElseThrow()) : interruption(move);
        return move.figures().bytesSent() / Math.max(seconds, 1e-3);
    }

    private static double interruption(Move move) {
        return seconds(move.figures().interruption().orElseThrow());
    }

    private static double median(List<Move> moves, ToDoubleFunction<Move> figure, double without) {
        if (moves.isEmpty()) {
            return without;
        }
        List<Double> sorted = moves.stream().map(figure::applyAsDouble).sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }

    private static Duration ofSeconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
