package org.tresccad.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What every program of ours is started with: a fixed PATH, messages in English, nothing of the daemon's own environment. */
final class Environment {
    private static final String SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Map<String, String> MINIMAL = Map.of("PATH", SEARCH_PATH, "LC_ALL", "C");

    private Environment() {}

    /** A builder for {@code argv} with the minimal environment plus {@code extra}, empty standard input, cwd {@code /}. */
    static ProcessBuilder builder(List<String> argv, Map<String, String> extra) {
        ProcessBuilder builder = new ProcessBuilder(resolve(argv));
        builder.environment().clear();
        builder.environment().putAll(MINIMAL);
        builder.environment().putAll(extra);
        builder.directory(Path.of("/").toFile());
        builder.redirectInput(Path.of("/dev/null").toFile());
        return builder;
    }

    /**
     * {@code argv} with its program by absolute path, looked up in our PATH: Java itself would use the daemon's, which
     * may lack the sbin directories. A program that is not found stays as it is and fails when it is started.
     */
    static List<String> resolve(List<String> argv) {
        if (argv.get(0).contains("/")) {
            return argv;
        }
        for (String directory : SEARCH_PATH.split(":", -1)) {
            Path program = Path.of(directory, argv.get(0));
            if (Files.isExecutable(program)) {
                List<String> resolved = new ArrayList<>(argv);
                resolved.set(0, program.toString());
                return List.copyOf(resolved);
            }
        }
        return argv;
    }

    /** The name of a program for people: its file name. */
    static String nameOf(List<String> argv) {
        String program = argv.get(0);
        return program.substring(program.lastIndexOf('/') + 1);
    }
}
