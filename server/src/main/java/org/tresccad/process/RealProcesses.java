package org.tresccad.process;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs programs of this machine. Thread-safe. */
public final class RealProcesses implements Processes {
    private static final Logger log = LoggerFactory.getLogger(RealProcesses.class);
    private static final int STDOUT_LIMIT_BYTES = 16 << 20;
    private static final int STDERR_LIMIT_BYTES = 8 << 10;
    private static final int NOT_STARTED = 127;
    private static final Duration GRACE = Duration.ofSeconds(2);

    /**
     * {@inheritDoc}
     *
     * <p>Standard output past 16 MiB is read and thrown away, with a warning in the log. A timeout or an interrupt ends
     * the whole process tree: TERM, two seconds, KILL.
     *
     * @throws CommandInterrupted when this thread is interrupted; its flag is set again
     */
    @Override
    public String run(Command command) {
        String program = Environment.nameOf(command.argv());
        Process process;
        long started = System.nanoTime();
        try {
            process = Environment.builder(command.argv(), command.environment()).start();
        } catch (IOException e) {
            throw new CommandFailed(program, NOT_STARTED, String.valueOf(e.getMessage()));
        }
        Captured stdout = Captured.head(program, process.getInputStream(), STDOUT_LIMIT_BYTES);
        Captured stderr = Captured.tail(program, process.getErrorStream(), STDERR_LIMIT_BYTES);
        try {
            if (!process.waitFor(command.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                endTree(process, program);
                throw new CommandTimedOut(program, command.timeout());
            }
            stdout.awaitEnd(GRACE);
            stderr.awaitEnd(GRACE);
        } catch (InterruptedException e) {
            endTree(process, program);
            Thread.currentThread().interrupt();
            throw new CommandInterrupted(program);
        }
        int exitCode = process.exitValue();
        log.debug("{} ended with {} after {} ms", command.argv(), exitCode, millisSince(started));
        if (exitCode != 0) {
            throw new CommandFailed(program, exitCode, stderr.text());
        }
        if (stdout.total() > STDOUT_LIMIT_BYTES) {
            log.warn("{} wrote {} bytes, only the first {} are used", program, stdout.total(), STDOUT_LIMIT_BYTES);
        }
        return stdout.text();
    }

    private static void endTree(Process process, String program) {
        if (!ProcessTree.end(process.toHandle(), GRACE)) {
            log.error("{} (pid {}) does not react to KILL", program, process.pid());
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
