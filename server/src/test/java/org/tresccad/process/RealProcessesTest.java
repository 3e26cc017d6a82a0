package org.tresccad.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealProcessesTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Processes processes = new RealProcesses();

    @TempDir
    Path directory;

    @Test
    void argumentsArriveAsTheyAre() {
        String odd = "a b\t$HOME `id` ; * \"'\\";

        assertThat(processes.run(Command.of(LONG, "printf", "%s", odd))).isEqualTo(odd);
    }

    @Test
    void theEnvironmentIsMinimalAndWhatTheCommandAdds() {
        String output = processes.run(new Command(List.of("env"), Map.of("EXTRA", "1"), LONG));

        assertThat(output.lines().map(line -> line.replaceAll("=.*", "")))
                .containsExactlyInAnyOrder("PATH", "LC_ALL", "EXTRA");
    }

    @Test
    void standardInputIsEmpty() {
        assertThat(processes.run(Command.of(LONG, "cat"))).isEmpty();
    }

    @Test
    void failureCarriesTheExitCodeAndTheEndOfStandardError() {
        CommandFailed failure = catchThrowableOfType(
                CommandFailed.class,
                () -> processes.run(Command.of(
                        LONG, "sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2; echo last words >&2; exit 3")));

        assertThat(failure.exitCode()).isEqualTo(3);
        assertThat(failure.program()).isEqualTo("sh");
        assertThat(failure.stderrTail()).hasSize(8192).endsWith("xlast words\n");
    }

    @Test
    void programThatDoesNotExistFailsWith127() {
        CommandFailed failure = catchThrowableOfType(
                CommandFailed.class, () -> processes.run(Command.of(LONG, "/nonexistent/program")));

        assertThat(failure.exitCode()).isEqualTo(127);
    }

    @Test
    void outputPastTheLimitIsDroppedAndTheProgramStillEnds() {
        String output = processes.run(Command.of(LONG, "head", "-c", "17000000", "/dev/zero"));

        assertThat(output).hasSize(16 << 20);
    }

    @Test
    void timeoutKillsTheWholeTreeEvenWhenItIgnoresTerm() throws Exception {
        Path pids = directory.resolve("pids");

        assertThatThrownBy(() -> processes.run(Command.of(
                        Duration.ofSeconds(3),
                        "sh",
                        "-c",
                        "trap '' TERM; sleep 300 & echo $! >>" + pids + "; echo $$ >>" + pids + "; wait")))
                .isInstanceOf(CommandTimedOut.class);

        List<String> left = Files.readAllLines(pids);
        assertThat(left).hasSize(2);
        await("the tree is gone").untilAsserted(() -> assertThat(left).noneMatch(RealProcessesTest::isAlive));
    }

    @Test
    void interruptKillsTheProgramAndKeepsTheFlag() throws Exception {
        Path pid = directory.resolve("pid");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        Thread caller = new Thread(() -> {
            try {
                processes.run(Command.of(
                        LONG, "sh", "-c", "echo $$ >" + pid + ".new; mv " + pid + ".new " + pid + "; exec sleep 300"));
            } catch (CommandInterrupted e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        caller.start();
        await("the program runs").until(() -> Files.exists(pid));

        caller.interrupt();
        caller.join(LONG.toMillis());

        assertThat(thrown.get()).isInstanceOf(CommandInterrupted.class);
        assertThat(flag.get()).isTrue();
        String killed = Files.readString(pid).strip();
        await("the program is gone").until(() -> !isAlive(killed));
    }

    @Test
    void grandchildThatKeepsThePipeOpenDoesNotHoldTheCaller() throws Exception {
        Path pid = directory.resolve("pid");

        String output = processes.run(Command.of(LONG, "sh", "-c", "sleep 300 & echo $! >" + pid + "; echo done"));

        assertThat(output).isEqualTo("done\n");
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static boolean isAlive(String pid) {
        return ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
    }
}
