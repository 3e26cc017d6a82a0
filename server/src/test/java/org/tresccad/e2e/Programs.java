package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end, from the top of the repository. */
final class Programs {
    /** The top of the repository, from wherever in it the tests are run. */
    static final Path REPOSITORY = findRepository();

    private Programs() {}

    /**
     * Runs a program; its output goes through files, so that what it leaves running cannot hold us up.
     *
     * @throws AssertionError when it takes longer than {@code limit}; it is killed then
     */
    static Outcome run(Duration limit, Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile("tresccad-e2e", ".out");
            Path err = Files.createTempFile("tresccad-e2e", ".err");
            try {
                Process process = start(environment, command, out, err);
                try {
                    boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                    String printed = Files.readString(out, StandardCharsets.UTF_8);
                    String complained = Files.readString(err, StandardCharsets.UTF_8);
                    if (!ended) {
                        throw new AssertionError(
                                command + " still runs after " + limit + "\nout: " + printed + "\nerr: " + complained);
                    }
                    return new Outcome(command, process.exitValue(), printed, complained);
                } finally {
                    kill(process);
                }
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Process start(Map<String, String> environment, List<String> command, Path out, Path err)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(REPOSITORY.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        clean(builder.environment());
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** What whoever runs the tests has set for OpenStack clients or the daemon must not reach ours. */
    static void clean(Map<String, String> environment) {
        environment
                .keySet()
                .removeIf(name ->
                        name.startsWith("OS_") || (name.startsWith("TRESCCAD_") && !name.equals("TRESCCAD_HOSTS_DIR")));
        environment.put("PYTHONWARNINGS", "ignore");
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static Path findRepository() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(directory.resolve("bin/hosts"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new IllegalStateException("these tests are run from within the repository");
            }
        }
        return directory;
    }
}
