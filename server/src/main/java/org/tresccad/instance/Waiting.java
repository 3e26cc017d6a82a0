package org.tresccad.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.tresccad.handover.Epoch;
import org.tresccad.job.Cancellation;

/** Prepared arrivals that wait for a word: who asks for it here, and since when nothing was heard. In memory only. */
final class Waiting {
    /** The other side of an arrival is called silent after this. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final Map<Epoch, Instant> heard = new ConcurrentHashMap<>();
    private final Map<Epoch, Cancellation> asking = new ConcurrentHashMap<>();
    private final Set<Epoch> ways = ConcurrentHashMap.newKeySet();

    /** Something that ends when it is closed. */
    @FunctionalInterface
    interface Pass extends AutoCloseable {
        @Override
        void close();
    }

    /** From here on the arrival waits, if it did not already. */
    void begins(Epoch epoch, Instant now) {
        heard.putIfAbsent(epoch, now);
    }

    /** The other side was heard of. */
    void heard(Epoch epoch, Instant now) {
        heard.computeIfPresent(epoch, (known, before) -> now);
    }

    /** It waits no more. */
    void ends(Epoch epoch) {
        heard.remove(epoch);
    }

    boolean isSilent(Epoch epoch, Instant now) {
        return Optional.ofNullable(heard.get(epoch))
                .filter(last -> last.plus(SILENCE).isBefore(now))
                .isPresent();
    }

    /** Somebody asks, until {@code cancellation}. */
    Pass asks(Epoch epoch, Cancellation cancellation) {
        asking.put(epoch, cancellation);
        if (ways.contains(epoch)) {
            cancellation.cancel("its owner reclaims it");
        }
        return () -> asking.remove(epoch, cancellation);
    }

    /** Whoever asks stops, and nobody begins to. */
    Pass makeWay(Epoch epoch) {
        ways.add(epoch);
        Optional.ofNullable(asking.get(epoch)).ifPresent(other -> other.cancel("its owner reclaims it"));
        return () -> ways.remove(epoch);
    }

    /** Whether somebody is to be made way for. */
    boolean isInTheWay(Epoch epoch) {
        return ways.contains(epoch);
    }
}
