package org.tresccad.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisedTest {
    private static final Supervised.Restarts QUICK =
            new Supervised.Restarts(Duration.ofMillis(20), Duration.ofMillis(200));

    @TempDir
    Path directory;

    private final List<Supervised> started = new ArrayList<>();

    @AfterEach
    void stopAll() {
        started.forEach(Supervised::stop);
    }

    @Test
    void programRunsUntilItIsStopped() {
        Supervised program = supervise(script("exec sleep 300"));
        program.start();
        long pid = program.pid().orElseThrow();

        program.stop();

        assertThat(program.pid()).isEmpty();
        assertThat(isAlive(pid)).isFalse();
    }

    @Test
    void startTwiceKeepsTheFirst() {
        Supervised program = supervise(script("exec sleep 300"));
        program.start();
        long pid = program.pid().orElseThrow();

        program.start();

        assertThat(program.pid()).hasValue(pid);
    }

    @Test
    void killedProgramComesBack() {
        Supervised program = supervise(script("exec sleep 300"));
        program.start();
        long first = program.pid().orElseThrow();

        ProcessHandle.of(first).orElseThrow().destroyForcibly();

        await("another one runs")
                .until(() -> program.pid().isPresent() && program.pid().getAsLong() != first);
    }

    @Test
    void programThatDiesAtOnceIsStartedAgainAndAgainButSlower() throws IOException {
        Path starts = directory.resolve("starts");
        Supervised program = supervise(script("date +%s%N >>" + starts));
        program.start();

        await("seven starts")
                .until(() -> Files.exists(starts) && Files.readAllLines(starts).size() >= 7);
        program.stop();

        List<Long> times =
                Files.readAllLines(starts).stream().map(Long::parseLong).toList();
        // The delays are 20, 40, 80, 160, 200, 200 ms: the sixth is well over twice the first, whatever the load.
        assertThat(Duration.ofNanos(times.get(6) - times.get(5))).isGreaterThanOrEqualTo(Duration.ofMillis(190));
        assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThanOrEqualTo(Duration.ofMillis(15));
    }

    @Test
    void stopDuringTheDelayMeansNoRestart() throws IOException {
        Path starts = directory.resolve("starts");
        Supervised program = new Supervised(
                script("echo x >>" + starts), new Supervised.Restarts(Duration.ofSeconds(3), Duration.ofMinutes(1)));
        started.add(program);
        program.start();
        await("it ended").until(() -> Files.exists(starts) && program.pid().isEmpty());

        program.stop();

        await("no second start when the delay is over")
                .during(Duration.ofSeconds(4))
                .atMost(Duration.ofMinutes(1))
                .until(() -> Files.readAllLines(starts).size() == 1);
    }

    @Test
    void programThatIgnoresTermIsKilled() throws IOException {
        Path ready = directory.resolve("ready");
        Supervised program = supervise(script("trap '' TERM; touch " + ready + "; while :; do sleep 1; done"));
        program.start();
        await("the trap is set").until(() -> Files.exists(ready));
        long pid = program.pid().orElseThrow();

        program.stop();

        assertThat(isAlive(pid)).isFalse();
    }

    @Test
    void orphanOfAKilledDaemonIsReplacedAndStrangersLive() throws IOException {
        List<String> argv = script("while :; do sleep 1; done");
        Process orphan = new ProcessBuilder(argv).start();
        Process stranger = new ProcessBuilder(argv.get(0), argv.get(1), "another argument").start();
        try {
            await("both run under their final arguments")
                    .until(() -> Orphans.of(argv).size() == 1);
            Supervised program = supervise(argv);

            program.start();

            await("the orphan to be gone").until(() -> !orphan.isAlive());
            assertThat(stranger.isAlive()).isTrue();
            assertThat(program.pid()).isPresent();
            assertThat(program.pid().getAsLong()).isNotEqualTo(orphan.pid());
        } finally {
            ProcessTree.end(stranger.toHandle(), Duration.ofSeconds(1));
            orphan.destroyForcibly();
        }
    }

    @Test
    void programThatDoesNotExistFailsAtOnce() {
        Supervised program = supervise(List.of("/nonexistent/program"));

        assertThatThrownBy(program::start).isInstanceOf(CommandFailed.class);
        assertThat(program.pid()).isEmpty();
    }

    private Supervised supervise(List<String> argv) {
        Supervised program = new Supervised(argv, QUICK);
        started.add(program);
        return program;
    }

    private List<String> script(String body) {
        try {
            Path file = Files.writeString(directory.resolve("program.sh"), body + "\n");
            return List.of("/bin/sh", file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
