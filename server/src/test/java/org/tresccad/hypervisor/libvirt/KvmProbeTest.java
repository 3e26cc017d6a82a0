package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.process.Command;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.CommandTimedOut;
import org.tresccad.process.Processes;

final class KvmProbeTest {
    @TempDir
    Path directory;

    private final List<Command> commands = new ArrayList<>();
    private String bootId = "boot-1";
    private boolean mayHaveKvm = true;

    @Test
    void theMachinesOwnExitCodeMeansThatItWorks() {
        assertThat(probe(failing(0x21)).works("/qemu", "7.2.0")).isTrue();
        assertThat(commands).hasSize(1);
        assertThat(commands.get(0).argv()).contains("/qemu", "pc,accel=kvm");
        assertThat(directory).isDirectoryContaining(path -> path.endsWith("answer"));
    }

    @Test
    void anyOtherEndMeansThatItDoesNot() {
        assertThat(probe(failing(1)).works("/qemu", "1")).isFalse();
        assertThat(probe(failing(127)).works("/qemu", "2")).isFalse();
        assertThat(probe(command -> "").works("/qemu", "3")).isFalse();
    }

    @Test
    void theAnswerIsKeptUntilTheNextBootOrQemu() {
        probe(failing(0x21)).works("/qemu", "7.2.0");
        assertThat(probe(failing(1)).works("/qemu", "7.2.0")).isTrue();
        assertThat(commands).hasSize(1);
        assertThat(probe(failing(1)).works("/qemu", "7.2.1")).isFalse();
        assertThat(probe(failing(0x21)).works("/qemu", "7.2.1")).isFalse();
        assertThat(commands).hasSize(2);
        bootId = "boot-2";
        assertThat(probe(failing(0x21)).works("/qemu", "7.2.1")).isTrue();
    }

    @Test
    void aMachineThatHangsDoesNotWorkAndIsAskedAgainNextTime() {
        Processes hanging = command -> {
            commands.add(command);
            throw new CommandTimedOut("qemu", Duration.ofSeconds(2));
        };
        assertThat(probe(hanging).works("/qemu", "1")).isFalse();
        assertThat(probe(hanging).works("/qemu", "1")).isFalse();
        assertThat(commands).hasSize(2);
    }

    @Test
    void withoutTheCpusFlagsNothingIsRun() {
        mayHaveKvm = false;
        assertThat(probe(failing(0x21)).works("/qemu", "1")).isFalse();
        assertThat(commands).isEmpty();
    }

    private Processes failing(int exitCode) {
        return command -> {
            commands.add(command);
            throw new CommandFailed("qemu", exitCode, "");
        };
    }

    private KvmProbe probe(Processes processes) {
        KvmProbe.HostFacts facts = new KvmProbe.HostFacts() {
            @Override
            public boolean mayHaveKvm() {
                return mayHaveKvm;
            }

            @Override
            public String bootId() {
                return bootId;
            }
        };
        return new KvmProbe(processes, facts, directory.resolve("answer"), "kvm");
    }
}
