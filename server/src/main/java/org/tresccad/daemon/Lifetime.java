package org.tresccad.daemon;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From the start of the process to its end by SIGTERM or SIGINT. The JVM then runs its shutdown hooks and ends with 128
 * plus the signal's number, which service managers count as a clean stop.
 */
class Lifetime {
    private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

    /** Returns after somebody asked the process to end and {@code running} is closed. */
    void awaitEnd(Daemon.Running running) {
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running, closed), "stop"));
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stop(Daemon.Running running, CountDownLatch closed) {
        Logger log = LoggerFactory.getLogger(Lifetime.class);
        Thread closing = new Thread(running::close, "closing");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(LONGEST_STOP.toMillis());
            if (!closing.isAlive()) {
                log.info("Stopped");
            } else {
                log.error(
                        "Did not stop within {} s and is cut; the next start puts things in order",
                        LONGEST_STOP.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closed.countDown();
    }
}
