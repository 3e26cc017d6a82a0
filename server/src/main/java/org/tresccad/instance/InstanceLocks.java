package org.tresccad.instance;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** One lock per instance. A second action on a busy instance is refused; only a delete waits. */
public final class InstanceLocks {
    private final Set<InstanceId> busy = new HashSet<>();

    /**
     * Takes the lock; close the result, in any thread, to give it back.
     *
     * @throws TresccadException CONFLICT when it is taken
     */
    public Held take(InstanceId id) {
        return await(id, Duration.ZERO);
    }

    /**
     * As {@link #take}, but waits for the lock.
     *
     * @throws TresccadException CONFLICT when it is still taken after {@code patience}, or the thread is interrupted
     */
    public synchronized Held await(InstanceId id, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (busy.contains(id)) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                throw new TresccadException(
                        ErrorKind.CONFLICT, "Instance " + id + " is busy with another action. Try again later.");
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TresccadException(ErrorKind.CONFLICT, "The wait for instance " + id + " was interrupted.", e);
            }
        }
        busy.add(id);
        return () -> giveBack(id);
    }

    private synchronized void giveBack(InstanceId id) {
        busy.remove(id);
        notifyAll();
    }

    /** A taken lock. */
    @FunctionalInterface
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
