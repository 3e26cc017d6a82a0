package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.Platform;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.network.MacAddress;

/**
 * The host an integration test runs on: one made by {@code bin/hosts}, with the test guest in the directory
 * {@code TRESCCAD_IT_GUEST_DIR}. Refuses to work anywhere else, for it kills libvirtd.
 */
final class ItHost {
    private static final Pattern TICK = Pattern.compile("tick ([0-9]+)");
    private static final Path PID_FILE = Path.of("/run/libvirt/libvirtd.pid");
    /** Devices belong to the namespace, which the tests of all classes share. */
    private static final AtomicInteger LAST_NUMBER = new AtomicInteger();

    private final Path guest;
    private final Path directory;
    private int number;

    ItHost(Path directory) {
        String guestDirectory = System.getenv("TRESCCAD_IT_GUEST_DIR");
        if (guestDirectory == null) {
            throw new IllegalStateException("run this with server/src/test/hosts/run, which makes a host for it");
        }
        this.guest = Path.of(guestDirectory);
        this.directory = directory;
    }

    /** The hypervisor of this host, as a daemon has it. */
    LibvirtHypervisor open(Duration callTimeout) {
        LibvirtSettings defaults = LibvirtSettings.defaults(directory);
        LibvirtSettings settings = new LibvirtSettings(
                defaults.uri(),
                callTimeout,
                Duration.ofMinutes(1),
                "qemu",
                defaults.cpu(),
                defaults.machine(),
                defaults.kvmProbeCache());
        return new LibvirtHypervisor(settings, command -> {
            throw new AssertionError("no program is to be run");
        });
    }

    /** A guest that ticks, with a disk, a bridge and files of its own. */
    DomainSpec newGuest(String title) {
        number = LAST_NUMBER.incrementAndGet();
        return spec("tresccad-it-" + number, title, Optional.empty(), newDisk(), number);
    }

    /** A guest with QEMU's guest agent, or what {@code qga} names in its place. */
    DomainSpec newGuestWithAgent(String qga) {
        DomainSpec plain = newGuest("with agent " + qga);
        return new DomainSpec(
                plain.name(),
                plain.uuid(),
                plain.title(),
                plain.platform(),
                plain.vcpus(),
                plain.memoryMib(),
                Optional.of(new DomainSpec.DirectBoot(
                        guest.resolve("vmlinuz"),
                        Optional.of(guest.resolve("initrd-qga")),
                        "console=ttyS0 qga=" + qga)),
                plain.disks(),
                plain.nics(),
                plain.consoleLog(),
                plain.hardware());
    }

    /** The same guest as it could be on another host: everything that names the host is different. */
    DomainSpec elsewhere(DomainSpec origin, SavedHardware hardware) {
        number = LAST_NUMBER.incrementAndGet();
        Path disk = directory.resolve("disk-" + number + ".qcow2");
        try {
            Files.copy(origin.disks().get(0).path(), disk);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return spec("tresccad-it-" + number, origin.title(), Optional.of(hardware), disk, number);
    }

    Path memoryFile() {
        number = LAST_NUMBER.incrementAndGet();
        return directory.resolve("memory-" + number);
    }

    /** The number the guest counted to, 0 when it has not begun. */
    static long ticks(DomainSpec spec) {
        long last = 0;
        Matcher matcher = TICK.matcher(console(spec));
        while (matcher.find()) {
            last = Long.parseLong(matcher.group(1));
        }
        return last;
    }

    static String console(DomainSpec spec) {
        try {
            return Files.exists(spec.consoleLog())
                    ? Files.readString(spec.consoleLog(), StandardCharsets.ISO_8859_1)
                    : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often the guest's kernel started. */
    static long boots(DomainSpec spec) {
        return Pattern.compile("Run /init as init process")
                .matcher(console(spec))
                .results()
                .count();
    }

    static void awaitTicks(DomainSpec spec, long more) {
        long target = ticks(spec) + more;
        await("the guest to count").atMost(Duration.ofMinutes(3)).until(() -> ticks(spec) >= target);
    }

    /** The pid of libvirtd on this host. */
    static long libvirtdPid() {
        try {
            return Long.parseLong(Files.readString(PID_FILE).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills libvirtd as by a power cut, guests stay. */
    static void killLibvirtd() {
        long pid = libvirtdPid();
        run("kill", "-KILL", Long.toString(pid));
        await("libvirtd to be gone")
                .until(() -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
    }

    static void startLibvirtd() {
        run("libvirtd", "-d", "-p", PID_FILE.toString());
    }

    /** Runs a program to its end, which must be a good one; what it printed. */
    static String run(String... command) {
        try {
            Path output = Files.createTempFile("tresccad-it", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
                String text = Files.readString(output, StandardCharsets.ISO_8859_1);
                assertThat(process.exitValue())
                        .as("%s: %s", List.of(command), text)
                        .isZero();
                return text;
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Path newDisk() {
        Path disk = directory.resolve("disk-" + number + ".qcow2");
        Path base = guest.resolve("base.qcow2");
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", base.toString(), "-F", "qcow2", disk.toString());
        return disk;
    }

    private DomainSpec spec(String name, String title, Optional<SavedHardware> hardware, Path disk, int number) {
        String bridge = "br-it" + number;
        run("ip", "link", "add", bridge, "type", "bridge");
        run("ip", "link", "set", bridge, "up");
        DomainSpec.Nic nic =
                new DomainSpec.Nic(new MacAddress("52:54:00:00:00:01"), bridge, "tap-it" + number, 1500 - number);
        return new DomainSpec(
                new DomainName(name),
                UUID.randomUUID(),
                title,
                new Platform(VirtType.QEMU, "x86_64", "pc-i440fx-7.2", new CpuModel("qemu64", Set.of(), Set.of("svm"))),
                1,
                128,
                Optional.of(new DomainSpec.DirectBoot(
                        guest.resolve("vmlinuz"), Optional.of(guest.resolve("initrd")), "console=ttyS0")),
                List.of(new DomainSpec.Disk("vda", disk)),
                List.of(nic),
                directory.resolve("console-" + number + ".log"),
                hardware);
    }
}
