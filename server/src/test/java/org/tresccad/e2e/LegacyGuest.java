package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A guest that knows nothing of tresccad, and is packed as the prototype of 2014 did it: a domain of the host's libvirt,
 * {@code virsh save}, and a zip file of its disk, kernel, ramdisk, save image and XML.
 */
final class LegacyGuest {
    private static final String NAME = "instance-0000002a";
    private static final List<String> ENTRIES = List.of("disk", "kernel", "ramdisk", "snapshot", "libvirt.xml");

    private final Host host;
    private final Path directory;

    private LegacyGuest(Host host, Path directory) {
        this.host = host;
        this.directory = directory;
    }

    /** Boots one at {@code host}, from files in {@code directory}, on a base image of its own there. */
    static LegacyGuest boot(Host host, Path directory) {
        Path built = Programs.REPOSITORY.resolve("test-vms/target");
        try (InputStream template =
                Objects.requireNonNull(LegacyGuest.class.getResourceAsStream("/e2e/domain-2014.xml"))) {
            Files.copy(built.resolve("vmlinuz"), directory.resolve("kernel"), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(built.resolve("initrd"), directory.resolve("ramdisk"), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(built.resolve("base.qcow2"), directory.resolve("base"), StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(
                    directory.resolve("libvirt.xml"),
                    new String(template.readAllBytes(), StandardCharsets.UTF_8)
                            .replace("@directory@", directory.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LegacyGuest guest = new LegacyGuest(host, directory);
        guest.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", guest.at("base"), "-F", "qcow2", guest.at("disk"));
        guest.run("virsh", "-q", "-c", "qemu:///system", "create", guest.at("libvirt.xml"));
        return guest;
    }

    /** What its disk stands on. */
    Path base() {
        return directory.resolve("base");
    }

    /** What it wrote until now. */
    String console() {
        try {
            return Files.readString(directory.resolve("console.log"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitConsole(String text) {
        await("the guest to write: " + text).until(() -> console().contains(text));
    }

    /** Ends it, its memory in a file, and packs all of it; where the package is. */
    Path pack() {
        run("virsh", "-q", "-c", "qemu:///system", "save", NAME, at("snapshot"));
        Path zip = directory.resolve("package.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (String name : ENTRIES) {
                out.putNextEntry(new ZipEntry(name));
                Files.copy(directory.resolve(name), out);
                out.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return zip;
    }

    private String at(String name) {
        return directory.resolve(name).toString();
    }

    private void run(String... command) {
        host.exec(command).succeeded();
    }
}
