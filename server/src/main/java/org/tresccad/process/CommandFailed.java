package org.tresccad.process;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A program ended with an exit code other than 0. Callers turn it into an error that a user understands. */
public final class CommandFailed extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final String program;
    private final int exitCode;
    private final String stderrTail;

    /** {@code program} ended with {@code exitCode}; {@code stderrTail} is the end of what it complained. */
    public CommandFailed(String program, int exitCode, String stderrTail) {
        super(ErrorKind.INTERNAL, program + " failed with exit code " + exitCode);
        this.program = program;
        this.exitCode = exitCode;
        this.stderrTail = stderrTail;
    }

    /** The program's name, without its arguments. */
    public String program() {
        return program;
    }

    /** The exit code. */
    public int exitCode() {
        return exitCode;
    }

    /** The last lines of standard error, for the log and for mapping to better errors; may name paths. */
    public String stderrTail() {
        return stderrTail;
    }
}
