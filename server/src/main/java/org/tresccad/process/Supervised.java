package org.tresccad.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that must run as long as we want it to: started again when it ends, after a delay that doubles from {@link
 * Restarts#first} to {@link Restarts#longest} and starts anew once the program ran for the longest delay. What it writes
 * goes to the log, line by line. A copy that an earlier, killed daemon left behind is ended before ours is started.
 *
 * <p>Thread-safe. The arguments must be unique on the host (name a file of ours), see {@link Orphans}.
 */
public final class Supervised implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Logger log;
    private final String name;
    private final List<String> argv;
    private final Restarts restarts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopAsked = lock.newCondition();
    private @Nullable Process child;
    private @Nullable Thread keeper;
    private boolean wanted;

    /** How long to wait before a program that ended is started again. */
    public record Restarts(Duration first, Duration longest) {
        /** Checks. */
        public Restarts {
            if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
                throw new IllegalArgumentException("restart delays must be positive and grow");
            }
        }

        Duration next(Duration last) {
            Duration doubled = last.multipliedBy(2);
            return doubled.compareTo(longest) > 0 ? longest : doubled;
        }
    }

    /** {@code argv} is the program with its arguments; it must stay in the foreground. */
    public Supervised(List<String> argv, Restarts restarts) {
        this.argv = Environment.resolve(List.copyOf(argv));
        this.name = Environment.nameOf(argv);
        this.restarts = restarts;
        this.log = LoggerFactory.getLogger(Supervised.class.getPackageName() + "." + name);
    }

    /**
     * Starts the program and keeps it running; nothing when it already is.
     *
     * @throws CommandFailed when it cannot be started at all (code 127)
     */
    public void start() {
        lock.lock();
        try {
            if (wanted) {
                return;
            }
            endOrphans();
            child = launch();
            wanted = true;
            keeper = new Thread(this::keep, "keeper-of-" + name);
            keeper.setDaemon(true);
            keeper.start();
        } finally {
            lock.unlock();
        }
    }

    /** The running program's pid; empty while it is stopped or waits for its restart. */
    public OptionalLong pid() {
        lock.lock();
        try {
            return child != null && child.isAlive() ? OptionalLong.of(child.pid()) : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the program (TERM, KILL after five seconds), copies left by an earlier daemon too, and keeps it ended.
     * Returns when it is gone.
     */
    public void stop() {
        Thread ended;
        lock.lock();
        try {
            wanted = false;
            stopAsked.signalAll();
            if (child != null) {
                endTree(child.toHandle());
            }
            ended = keeper;
            keeper = null;
            child = null;
            endOrphans();
        } finally {
            lock.unlock();
        }
        if (ended != null) {
            ended.interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }

    private void endOrphans() {
        for (ProcessHandle orphan : Orphans.of(argv)) {
            log.info("ending pid {}, left by an earlier run", orphan.pid());
            endTree(orphan);
        }
    }

    private void endTree(ProcessHandle process) {
        if (!ProcessTree.end(process, GRACE)) {
            log.error("pid {} does not react to KILL", process.pid());
        }
    }

    private Process launch() {
        try {
            return Environment.builder(argv, Map.of()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new CommandFailed(name, 127, String.valueOf(e.getMessage()));
        }
    }

    /** The keeper's life: pass the output on, wait for the end, start again. */
    private void keep() {
        Duration delay = restarts.first();
        try {
            Process running = current();
            while (running != null) {
                long started = System.nanoTime();
                Thread output = passOutputOn(running);
                int code = running.waitFor();
                output.join(GRACE.toMillis());
                Duration ran = Duration.ofNanos(System.nanoTime() - started);
                delay = ran.compareTo(restarts.longest()) >= 0 ? restarts.first() : delay;
                running = restartAfter(delay, running, code);
                delay = restarts.next(delay);
            }
        } catch (InterruptedException e) {
            // stop() ended the child already; nobody waits for this thread.
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Process current() {
        lock.lock();
        try {
            return keeper == Thread.currentThread() ? child : null;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Process restartAfter(Duration delay, Process ended, int code) throws InterruptedException {
        Duration wait = delay;
        while (true) {
            lock.lock();
            try {
                if (keeper != Thread.currentThread() || child != ended) {
                    return null;
                }
                log.warn("ended with code {}, next start in {} ms", code, wait.toMillis());
                long left = wait.toNanos();
                while (left > 0 && keeper == Thread.currentThread()) {
                    left = stopAsked.awaitNanos(left);
                }
                if (keeper != Thread.currentThread()) {
                    return null;
                }
                try {
                    ended = launch();
                    child = ended;
                    return ended;
                } catch (CommandFailed e) {
                    log.error("cannot be started: {}", e.stderrTail());
                    wait = restarts.next(wait);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private Thread passOutputOn(Process running) {
        Thread thread = new Thread(
                () -> {
                    try (BufferedReader lines = running.inputReader()) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            log.info("{}", line);
                        }
                    } catch (IOException e) {
                        log.debug("output ended early", e);
                    }
                },
                "output-of-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
