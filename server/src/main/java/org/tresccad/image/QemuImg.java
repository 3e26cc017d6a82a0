package org.tresccad.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.process.Command;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.Processes;

/**
 * The program {@code qemu-img}: always told the format, never left to guess it, and under limits of memory and CPU
 * time, because it reads what strangers made (CVE-2015-5162).
 */
public final class QemuImg {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final long ADDRESS_SPACE_BYTES = 1L << 30;
    /** Reading and writing a whole disk, at some 50 MB/s, for the largest one has. */
    private static final Duration COPY_TIMEOUT = Duration.ofHours(6);

    private final Processes processes;
    private final ObjectMapper json = new ObjectMapper();

    /** Runs through {@code processes}. */
    public QemuImg(Processes processes) {
        this.processes = processes;
    }

    /**
     * What {@code qemu-img info} tells.
     *
     * @param virtualSizeBytes the guest-visible size
     * @param namesOtherFiles whether it has a backing file or an external data file
     * @param isEncrypted whether its data is encrypted
     * @param hasSnapshots whether it has internal snapshots
     */
    public record Info(long virtualSizeBytes, boolean namesOtherFiles, boolean isEncrypted, boolean hasSnapshots) {}

    /**
     * Inspects {@code file} as {@code format}.
     *
     * @throws CommandFailed when it is not of that format
     */
    public Info info(Path file, DiskFormat format) {
        String answer = run("info", "--output=json", "-f", format.wireName(), absolute(file));
        try {
            JsonNode info = json.readTree(answer);
            JsonNode specific = info.path("format-specific").path("data");
            return new Info(
                    info.path("virtual-size").asLong(),
                    info.has("backing-filename") || specific.has("data-file"),
                    info.path("encrypted").asBoolean(),
                    !info.path("snapshots").isEmpty());
        } catch (JsonProcessingException e) {
            throw new TresccadException(ErrorKind.INTERNAL, "qemu-img gave an answer nobody understands.", e);
        }
    }

    /**
     * Makes a qcow2 overlay on {@code base}, which stays as it is. The overlay names its base by a path relative to its
     * own directory, so that a state directory may be moved as a whole.
     *
     * @param sizeBytes the guest-visible size; the base's own when empty
     */
    public void createOverlay(Path base, DiskFormat baseFormat, Path overlay, OptionalLong sizeBytes) {
        List<String> arguments = new ArrayList<>(
                List.of("create", "-q", "-f", "qcow2", "-F", baseFormat.wireName(), "-b", relative(overlay, base)));
        arguments.add(absolute(overlay));
        sizeBytes.ifPresent(size -> arguments.add(Long.toString(size)));
        run(arguments.toArray(String[]::new));
    }

    /** Whether the header of a qcow2 {@code overlay} says of its base what {@link #rebase} would write. */
    static boolean isBasedOn(Qcow2Header header, Path overlay, Path base, DiskFormat baseFormat) {
        return header.backingFile().equals(Optional.of(relative(overlay, base)))
                && header.backingFormat().equals(Optional.of(baseFormat.wireName()));
    }

    /** Rewrites the name of the base in a qcow2 {@code overlay}, without touching its data. */
    public void rebase(Path overlay, Path base, DiskFormat baseFormat) {
        run(
                "rebase",
                "-u",
                "-f",
                "qcow2",
                "-F",
                baseFormat.wireName(),
                "-b",
                relative(overlay, base),
                absolute(overlay));
    }

    /** Writes what the guest sees of a qcow2 {@code overlay} and all it stands on to a new qcow2 file {@code copy}. */
    public void copyWhole(Path overlay, Path copy) {
        run(COPY_TIMEOUT, "convert", "-f", "qcow2", "-O", "qcow2", absolute(overlay), absolute(copy));
    }

    /**
     * Checks the metadata of a qcow2 file, which QEMU may have opened, but must not write to yet.
     *
     * @throws TresccadException INVALID_CONTENT when it is damaged
     */
    public void check(Path file) {
        try {
            run("check", "-q", "--force-share", "-f", "qcow2", absolute(file));
        } catch (CommandFailed e) {
            // Exit codes of qemu-img check (qemu-img(1)): 2 corrupt, 3 leaked clusters only, which harms nobody.
            if (e.exitCode() == 2) {
                throw new TresccadException(ErrorKind.INVALID_CONTENT, "The qcow2 file is damaged.", e);
            }
            if (e.exitCode() != 3) {
                throw e;
            }
        }
    }

    private String run(String... arguments) {
        return run(TIMEOUT, arguments);
    }

    /** Half of the time may be spent computing. */
    private String run(Duration timeout, String... arguments) {
        List<String> argv = new ArrayList<>(List.of(
                "prlimit",
                "--as=" + ADDRESS_SPACE_BYTES,
                "--cpu=" + timeout.toSeconds() / 2,
                "--core=0",
                "--",
                "qemu-img"));
        argv.addAll(List.of(arguments));
        return processes.run(new Command(argv, Map.of(), timeout));
    }

    /** Absolute, so that no name of a file can look like an option or a protocol ({@code nbd:...}). */
    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    private static String relative(Path from, Path to) {
        Path directory = from.toAbsolutePath().normalize().getParent();
        if (directory == null) {
            throw new IllegalArgumentException("no directory for " + from);
        }
        String path = directory.relativize(to.toAbsolutePath().normalize()).toString();
        return path.contains("/") ? path : "./" + path;
    }
}
