package org.tresccad.daemon;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Things that were started, closed in reverse order; one that fails to close does not keep the others open. */
public final class Closing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    /** Something that can be closed. */
    @FunctionalInterface
    public interface Step {
        /** Closes it. */
        void close() throws Exception;
    }

    private record Named(String name, Step step) {}

    private final Deque<Named> steps = new ArrayDeque<>();

    /** Notes what to close, before everything noted so far. */
    public synchronized void add(String name, Step step) {
        steps.push(new Named(name, step));
    }

    @Override
    public synchronized void close() {
        while (!steps.isEmpty()) {
            Named next = steps.pop();
            try {
                next.step.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("{} did not close in order", next.name, e);
            }
        }
    }
}
