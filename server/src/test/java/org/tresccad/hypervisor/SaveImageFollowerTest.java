package org.tresccad.hypervisor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A memory file that is read while libvirt writes it. */
class SaveImageFollowerTest {
    private static final String UNFINISHED = "LibvirtQemudPart";
    private static final String FINISHED = "LibvirtQemudSave";

    @TempDir
    private Path directory;

    private Path file;
    private final AtomicReference<Optional<String>> failure = new AtomicReference<>(Optional.empty());

    @BeforeEach
    void place() {
        file = directory.resolve("memory");
    }

    @Test
    void whatIsWrittenLaterComesOutBehindAFinishedBeginning() throws Exception {
        CompletableFuture<byte[]> read = readAll();
        Files.writeString(file, UNFINISHED + " header", US_ASCII);
        assertThatThrownBy(() -> read.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        Files.writeString(file, " and stream", US_ASCII, StandardOpenOption.APPEND);
        finish();
        assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void anUnfinishedFileHasNoEnd() throws Exception {
        Files.writeString(file, UNFINISHED + " header and stream", US_ASCII);
        CompletableFuture<byte[]> read = readAll();
        assertThatThrownBy(() -> read.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        failure.set(Optional.of("QEMU died"));
        assertThatThrownBy(() -> read.get(60, TimeUnit.SECONDS)).hasMessageContaining("QEMU died");
    }

    @Test
    void closingEndsTheWait() throws Exception {
        SaveImageFollower follower = new SaveImageFollower(file, failure::get);
        CompletableFuture<byte[]> read = readAll(follower);
        follower.close();
        assertThatThrownBy(() -> read.get(60, TimeUnit.SECONDS)).hasMessageContaining("closed");
    }

    private void finish() throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.write(FINISHED.getBytes(US_ASCII));
        }
    }

    private CompletableFuture<byte[]> readAll() {
        return readAll(new SaveImageFollower(file, failure::get));
    }

    private static CompletableFuture<byte[]> readAll(SaveImageFollower follower) {
        return CompletableFuture.supplyAsync(() -> {
            try (InputStream in = follower) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
