package org.tresccad.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs real programs, in the plainest way. */
public final class TestingProcesses implements Processes {
    @Override
    public String run(Command command) {
        try {
            Path stderr = Files.createTempFile("stderr", ".txt");
            try {
                ProcessBuilder builder = new ProcessBuilder(command.argv()).redirectError(stderr.toFile());
                builder.environment().putAll(command.environment());
                Process process = builder.start();
                process.getOutputStream().close();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (!process.waitFor(command.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new CommandTimedOut(command.argv().get(0), command.timeout());
                }
                if (process.exitValue() != 0) {
                    throw new CommandFailed(command.argv().get(0), process.exitValue(), Files.readString(stderr));
                }
                return output;
            } finally {
                Files.delete(stderr);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
