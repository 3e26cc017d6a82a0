package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A guest's console at one host; can be read on when the host has deleted it, since the file is held open. */
final class Tape implements AutoCloseable {
    private final FileChannel file;

    Tape(Path consoleLog) {
        try {
            this.file = FileChannel.open(consoleLog);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of it. */
    String text() {
        try {
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.size()));
            int at = 0;
            while (content.hasRemaining()) {
                int read = file.read(content, at);
                if (read < 0) {
                    break;
                }
                at += read;
            }
            return new String(content.array(), 0, at, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
