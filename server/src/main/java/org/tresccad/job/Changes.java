package org.tresccad.job;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Wakes whoever waits for state to change; raise it after the change is visible. */
public final class Changes {
    private long count;

    /** Something changed. */
    public synchronized void raise() {
        count++;
        notifyAll();
    }

    /**
     * Asks {@code question} now and after every change, until it has an answer or {@code patience} is over.
     *
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public <T> Optional<T> await(Supplier<Optional<T>> question, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            long seen = seen();
            Optional<T> answer = question.get();
            long left = deadline - System.nanoTime();
            if (answer.isPresent() || left <= 0) {
                return answer;
            }
            waitForMoreThan(seen, left);
        }
    }

    private synchronized long seen() {
        return count;
    }

    private synchronized void waitForMoreThan(long seen, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (count == seen) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }
}
