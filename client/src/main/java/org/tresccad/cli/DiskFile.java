package org.tresccad.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.http.ContentWriter;
import org.tresccad.client.transfer.Watch;

/**
 * A file that is to become an image.
 *
 * @param format Glance's disk_format as the first bytes tell it; {@code raw} when they tell nothing
 * @param virtualSizeBytes of the disk as a guest sees it
 */
record DiskFile(Path path, long sizeBytes, String format, long virtualSizeBytes) {
    private static final int HEAD_BYTES = 512 * 65;
    private static final int BUFFER_BYTES = 1 << 20;

    /** Looks at the file. */
    static DiskFile of(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new ConfigException(path.toString(), "", "no such file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] head = in.readNBytes(HEAD_BYTES);
            long size = Files.size(path);
            String format = formatOf(head);
            // Offsets of the qcow2 header: https://www.qemu.org/docs/master/interop/qcow2.html
            long virtual = format.equals("qcow2") && head.length >= 32
                    ? ByteBuffer.wrap(head).getLong(24)
                    : size;
            return new DiskFile(path, size, format, virtual);
        } catch (IOException unreadable) {
            throw unreadable(path, unreadable);
        }
    }

    /** Name without directory and the last extension. */
    String stem() {
        String name = String.valueOf(path.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /** SHA-512 in lower-case hex, Glance's os_hash_value. */
    String sha512(Watch watch) {
        try (FileChannel in = FileChannel.open(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long done = 0;
            while (in.read(buffer.clear()) >= 0) {
                if (watch.cancellation().isCancelled()) {
                    throw new TransferCancelled("none", "hash " + path);
                }
                digest.update(buffer.flip());
                done += buffer.limit();
                watch.progress().at(done, OptionalLong.of(sizeBytes));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException unreadable) {
            throw unreadable(path, unreadable);
        } catch (NoSuchAlgorithmException broken) {
            throw new IllegalStateException("every Java has SHA-512", broken);
        }
    }

    /** Its bytes, for an upload. */
    ContentWriter content() {
        return this::copyTo;
    }

    private void copyTo(OutputStream out) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
        }
    }

    private static String formatOf(byte[] head) {
        if (has(head, 0, "QFI\u00fb")) {
            return "qcow2";
        }
        if (has(head, 0, "KDMV")) {
            return "vmdk";
        }
        if (has(head, 0, "vhdxfile")) {
            return "vhdx";
        }
        if (has(head, 0, "conectix")) {
            return "vhd";
        }
        if (has(head, 0x40, "\u007f\u0010\u00da\u00be")) {
            return "vdi";
        }
        if (has(head, 0x8001, "CD001")) {
            return "iso";
        }
        // A Linux kernel (Documentation/arch/x86/boot.rst).
        return has(head, 0x202, "HdrS") ? "aki" : "raw";
    }

    private static boolean has(byte[] head, int offset, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
        return head.length >= offset + wanted.length
                && Arrays.equals(head, offset, offset + wanted.length, wanted, 0, wanted.length);
    }

    private static ConfigException unreadable(Path path, IOException why) {
        return new ConfigException(path.toString(), "", "cannot be read: " + why.getMessage());
    }
}
