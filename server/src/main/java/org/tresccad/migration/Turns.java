package org.tresccad.migration;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tresccad.job.Cancellation;

/**
 * How many guests this host sends away at the same time. More would only make each of them stand still for longer, since
 * they share the cores and the cable, and need more memory than the daemon has.
 */
final class Turns {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Semaphore free;

    /** {@code atOnce} at the same time. */
    Turns(int atOnce) {
        this.free = new Semaphore(atOnce);
    }

    /**
     * Waits for a turn.
     *
     * @throws org.tresccad.job.Cancelled when that was asked
     */
    Turn await(Cancellation cancellation) {
        while (!free.tryAcquire()) {
            cancellation.await(LOOK_AGAIN);
        }
        return new Turn();
    }

    /** One of them. */
    final class Turn implements AutoCloseable {
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Turn() {}

        /** The next one may begin; harmless when repeated. */
        @Override
        public void close() {
            if (isOver.compareAndSet(false, true)) {
                free.release();
            }
        }
    }
}
