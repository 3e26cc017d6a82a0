package org.tresccad.hypervisor.libvirt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.process.Command;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.CommandTimedOut;
import org.tresccad.process.Processes;
import org.tresccad.state.DurableFiles;

/**
 * Finds out whether KVM works, by running a machine: the device node and libvirt's capabilities are there on hosts
 * whose guests hang or crawl. The machine runs its usual firmware, which needs about 0.1 s of a CPU that works, and then
 * a boot sector of three instructions that write to QEMU's {@code isa-debug-exit} device, which ends QEMU with an exit
 * code of its own. Where nested virtualization is emulated in software, the firmware alone was seen to take 3 s, and
 * Linux to hang.
 *
 * @see <a href="https://www.qemu.org/docs/master/system/qemu-manpage.html">QEMU: -accel, -drive, -device</a>
 */
final class KvmProbe {
    private static final Logger log = LoggerFactory.getLogger(KvmProbe.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** QEMU ends with (value &lt;&lt; 1) | 1 for the value written, 0x10. */
    private static final int WORKED = 0x21;

    private static final int SECTOR_BYTES = 512;
    /** mov al, 0x10; out 0xf4, al; hlt. */
    private static final byte[] CODE = {(byte) 0xB0, 0x10, (byte) 0xE6, (byte) 0xF4, (byte) 0xF4};

    private final Processes processes;
    private final HostFacts facts;
    private final Path cache;
    private final String accelerator;

    /**
     * @param cache where the answer is kept
     * @param accelerator QEMU's word for what is tried, {@code kvm}
     */
    KvmProbe(Processes processes, HostFacts facts, Path cache, String accelerator) {
        this.processes = processes;
        this.facts = facts;
        this.cache = cache;
        this.accelerator = accelerator;
    }

    /** The little that is looked at before a machine is run. */
    interface HostFacts {
        /** Whether the CPU has hardware virtualization and the kernel offers KVM. */
        boolean mayHaveKvm();

        /** Changes with each boot. */
        String bootId();
    }

    /** Whether it works; asks the machine once per boot and version of QEMU. */
    boolean works(String emulator, String qemuVersion) {
        if (!facts.mayHaveKvm()) {
            return false;
        }
        String question = accelerator + " " + facts.bootId() + " " + qemuVersion + " ";
        Optional<String> known = readCache().filter(answer -> answer.startsWith(question));
        if (known.isPresent()) {
            return known.get().substring(question.length()).strip().equals("works");
        }
        Optional<Boolean> answer = run(emulator);
        log.info(
                "a machine was run to see whether {} works: {}",
                accelerator,
                answer.map(works -> works ? "it does" : "it does not").orElse("it hangs"));
        answer.ifPresent(works -> remember(question + (works ? "works" : "fails") + "\n"));
        return answer.orElse(false);
    }

    /** The answer; empty when there was none in time, which on a busy host could be otherwise another day. */
    private Optional<Boolean> run(String emulator) {
        Path sector = writeBootSector();
        try {
            processes.run(Command.of(
                    TIMEOUT,
                    emulator,
                    "-nodefaults",
                    "-no-user-config",
                    "-no-reboot",
                    "-display",
                    "none",
                    "-monitor",
                    "none",
                    "-serial",
                    "none",
                    "-machine",
                    "pc,accel=" + accelerator,
                    "-m",
                    "32",
                    "-drive",
                    "if=ide,format=raw,snapshot=on,file=" + sector.toString().replace(",", ",,"),
                    "-device",
                    "isa-debug-exit,iobase=0xf4,iosize=1"));
            return Optional.of(false);
        } catch (CommandFailed e) {
            return Optional.of(e.exitCode() == WORKED);
        } catch (CommandTimedOut e) {
            return Optional.empty();
        } finally {
            try {
                Files.deleteIfExists(sector);
            } catch (IOException e) {
                log.warn("a temporary file is left: {}", sector, e);
            }
        }
    }

    private static Path writeBootSector() {
        byte[] sector = Arrays.copyOf(CODE, SECTOR_BYTES);
        sector[SECTOR_BYTES - 2] = 0x55;
        sector[SECTOR_BYTES - 1] = (byte) 0xAA;
        try {
            Path file = Files.createTempFile("tresccad-probe", ".img");
            Files.write(file, sector);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void remember(String answer) {
        try {
            DurableFiles.write(cache, answer);
        } catch (UncheckedIOException e) {
            log.warn("the answer cannot be kept and will be asked for again", e);
        }
    }

    private Optional<String> readCache() {
        try {
            return Files.exists(cache)
                    ? Optional.of(Files.readString(cache, StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException e) {
            log.warn("the answer kept from before cannot be read", e);
            return Optional.empty();
        }
    }
}
