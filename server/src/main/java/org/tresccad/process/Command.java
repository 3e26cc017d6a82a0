package org.tresccad.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A program to run: arguments as they are (no shell ever sees them), extra environment, and the longest it may take.
 *
 * @param argv program and arguments, at least the program
 * @param environment added to a minimal environment (PATH and LC_ALL=C)
 * @param timeout after which the program and its children are killed
 */
public record Command(List<String> argv, Map<String, String> environment, Duration timeout) {
    /** Copies and checks. */
    public Command {
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
    }

    /** A command without extra environment. */
    public static Command of(Duration timeout, String... argv) {
        return new Command(List.of(argv), Map.of(), timeout);
    }
}
