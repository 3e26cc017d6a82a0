package org.tresccad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.client.TestingCloud;

/** The real process, and the real signal of Ctrl-C. */
class InterruptIT {
    @TempDir
    Path directory;

    @Test
    void interruptingAnUploadEndsItDeletesTheHalfAndExitsWith130() throws Exception {
        Path endless = directory.resolve("endless.raw");
        try (SeekableByteChannel hole =
                Files.newByteChannel(endless, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
            hole.position(1L << 40).write(ByteBuffer.allocate(1));
        }
        try (TestingCloud cloud = new TestingCloud()) {
            TestingShell shell = new TestingShell(directory);
            shell.addCloud("here", cloud);
            ProcessBuilder builder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Duser.home=" + shell.home,
                            "-cp",
                            System.getProperty("java.class.path"),
                            Tresccac.class.getName(),
                            "push",
                            endless.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("OS_") || name.startsWith("XDG_"));
            Process push = builder.start();
            await("data flows").until(() -> cloud.images.received.get() > 1 << 20);

            Process kill = new ProcessBuilder("kill", "-INT", String.valueOf(push.pid())).start();
            assertThat(kill.waitFor()).isZero();

            assertThat(push.waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(push.exitValue()).isEqualTo(ExitCode.INTERRUPTED.number());
            assertThat(cloud.images.records).isEmpty();
            assertThat(cloud.images.completed).hasValue(0);
            assertThat(Files.readString(directory.resolve("output"))).contains("cancelled");
        }
    }
}
