package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/** A guest with nothing but a shell on its serial port, to be told what to try: the one that means harm. */
final class GuestShell implements AutoCloseable {
    private final Tape console;
    private final String id;
    private final Process typist;
    private final Writer port;
    private int asked;

    private GuestShell(Tape console, String id, Process typist) {
        this.console = console;
        this.id = id;
        this.typist = typist;
        this.port = typist.outputWriter(StandardCharsets.US_ASCII);
    }

    /** Boots one from the images that an ordinary guest has brought to the host, and lets it get its address. */
    static GuestShell boot(World world, Host host, String name) {
        JsonNode made = world.tresccac(
                        "--cloud",
                        host.name(),
                        "spawn",
                        "test-vms/target/base.qcow2",
                        "--kernel",
                        "test-vms/target/vmlinuz",
                        "--ramdisk",
                        "test-vms/target/initrd",
                        "--cmdline",
                        "console=ttyS0 rdinit=/bin/bash",
                        "--flavor",
                        "tiny",
                        "--name",
                        name,
                        "--wait",
                        "--json")
                .succeeded()
                .json();
        String id = made.path("id").asText();
        String domain = host.query("SELECT domain FROM instance WHERE id = '" + id + "'")
                .get(0);
        String tty = host.exec("virsh", "-q", "-c", "qemu:///system", "ttyconsole", "tresccad-" + domain)
                .succeeded()
                .out()
                .strip();
        Tape console = new Tape(host.state().resolve("instances").resolve(id).resolve("console.log"));
        // QEMU passes on what is typed only while the port is held open; then somebody has to read what comes out of
        // it,
        // or the guest's port is blocked.
        String open = "cat <" + tty + " >/dev/null & exec cat >" + tty;
        GuestShell shell = new GuestShell(console, id, world.start(host.name(), "sh", "-c", open));
        await("the shell").until(() -> console.text().contains("no job control in this shell"));
        shell.type("export PATH=/bin; /init &");
        await("an address").until(() -> console.text().contains("tick ready"));
        return shell;
    }

    /** Its instance. */
    String id() {
        return id;
    }

    /** What a command printed; lines of the guest's own programs may be among it. */
    String run(String command) {
        asked++;
        String begin = "<<" + asked + " ";
        String end = ">>" + asked + " ";
        // The shell echoes what is typed; the marks are written apart in it, so that only their output matches.
        type("echo '<<'\"" + asked + " \"; " + command + "; echo '>>'\"" + asked + " \"");
        await("the end of: " + command).until(() -> console.text().contains(end));
        String text = console.text();
        int from = text.indexOf(begin) + begin.length();
        return text.substring(from, text.indexOf(end, from));
    }

    private void type(String line) {
        try {
            port.write(line + "\n");
            port.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        console.close();
        typist.descendants().forEach(ProcessHandle::destroyForcibly);
        typist.destroyForcibly();
    }
}
