package org.tresccad.client.transfer;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.TransferCancelled;

/**
 * Looks again and again until something is as it should be. Starts fast and slows down to the given pace, since
 * most things we wait for come either at once or late.
 *
 * @param cloud for messages
 * @param what as a phrase: "see server tick active"
 * @param limit in all
 * @param pace longest time between two looks
 */
public record Poll(String cloud, String what, Duration limit, Duration pace, Cancellation cancellation) {
    private static final Duration FIRST = Duration.ofMillis(100);

    /**
     * Looks until {@code enough}; what {@code look} throws comes out.
     *
     * @param describe the last look in a few words, for the message of {@link CloudTimeout}
     */
    public <T> T until(Supplier<T> look, Predicate<T> enough, Function<T, String> describe) {
        long end = System.nanoTime() + limit.toNanos();
        Duration pause = FIRST;
        while (true) {
            if (cancellation.isCancelled()) {
                throw new TransferCancelled(cloud, what);
            }
            T seen = look.get();
            if (enough.test(seen)) {
                return seen;
            }
            if (System.nanoTime() - end >= 0) {
                throw new CloudTimeout(cloud, what, limit, describe.apply(seen));
            }
            if (cancellation.sleep(pause)) {
                throw new TransferCancelled(cloud, what);
            }
            pause = pause.multipliedBy(2).compareTo(pace) < 0 ? pause.multipliedBy(2) : pace;
        }
    }
}
