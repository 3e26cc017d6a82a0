package org.tresccad.rest.nova;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** The end of what a guest wrote to its console, read with bounded memory. */
final class ConsoleLog {
    /** As much as Nova reads. */
    private static final int MOST_BYTES = 100 * 1024;
    /** Control characters but tab and newline: what Nova removes too. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0B-\\x1F]");

    private ConsoleLog() {}

    /**
     * The last {@code lines} lines, all without a number; at most 100 KiB. Empty for a guest that never wrote anything.
     */
    static String tail(Path file, OptionalInt lines) {
        String text = CONTROL.matcher(new String(lastBytes(file), StandardCharsets.UTF_8))
                .replaceAll("");
        if (lines.isEmpty()) {
            return text;
        }
        String[] all = text.split("\n", -1);
        return String.join("\n", Arrays.copyOfRange(all, Math.max(0, all.length - lines.getAsInt()), all.length));
    }

    private static byte[] lastBytes(Path file) {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(Math.max(0, channel.size() - MOST_BYTES));
            ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // reads on until the end of the file
            }
            return Arrays.copyOf(buffer.array(), buffer.position());
        } catch (NoSuchFileException e) {
            return new byte[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
