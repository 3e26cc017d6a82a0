package org.tresccad.process;

/** Runs programs to their end. */
public interface Processes {
    /**
     * Runs {@code command} with empty standard input and waits for its end.
     *
     * @return standard output, as UTF-8, at most 16 MiB
     * @throws CommandFailed when it ends with another code than 0, or cannot be started (code 127)
     * @throws CommandTimedOut when it was killed for taking too long
     */
    String run(Command command);
}
