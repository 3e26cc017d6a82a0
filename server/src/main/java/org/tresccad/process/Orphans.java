package org.tresccad.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds what a killed daemon left running. A process is an orphan of ours when its arguments in {@code
 * /proc/PID/cmdline} are exactly the ones we would start it with (they name a file in our state directory) and it lives
 * in our network namespace (several hosts on one machine use the same paths). This needs no pid file, so it also works
 * when the daemon died between starting the child and writing one, and a reused pid cannot mislead it. To look at the
 * namespace of a child that changed its user takes CAP_SYS_PTRACE, which root has unless a service manager took it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html">proc_pid_cmdline(5)</a>
 */
final class Orphans {
    private static final Path PROC = Path.of("/proc");

    private Orphans() {}

    /** Running processes with exactly these arguments in our network namespace. */
    static List<ProcessHandle> of(List<String> argv) {
        String cmdline = argv.stream().map(argument -> argument + "\0").collect(Collectors.joining());
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> matches(process, cmdline))
                .toList();
    }

    private static boolean matches(ProcessHandle process, String cmdline) {
        Path directory = PROC.resolve(Long.toString(process.pid()));
        try {
            return Files.readString(directory.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                            .equals(new String(cmdline.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
                    && Files.readSymbolicLink(directory.resolve("ns/net"))
                            .equals(Files.readSymbolicLink(PROC.resolve("self/ns/net")))
                    // Read last: a pid that was reused in between no longer has the start time of this handle.
                    && process.isAlive();
        } catch (IOException e) {
            // It ended while we looked, or is somebody else's and thereby not ours.
            return false;
        }
    }
}
