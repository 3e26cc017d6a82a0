package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

final class IncomingFileTest {
    private static final byte[] DATA = "some data".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    @Test
    void aReaderThatComesAfterTheFileHasMovedFindsIt() throws IOException {
        IncomingFile file = incoming(directory.resolve("new.part"));
        file.output().write(DATA);
        file.seal();
        Path target = directory.resolve("final");

        file.relocate(target, () -> Files.move(file.path(), target));

        try (InputStream follower = file.follow()) {
            file.complete();
            assertThat(follower.readAllBytes()).isEqualTo(DATA);
        }
    }

    @Test
    void aReaderThatCameBeforeTheFileWasRemovedAsADuplicateReadsOn() throws IOException {
        IncomingFile file = incoming(directory.resolve("new.part"));
        file.output().write(DATA);
        file.seal();
        try (InputStream follower = file.follow()) {
            file.relocate(directory.resolve("existing"), file::discard);
            file.complete();

            assertThat(follower.readAllBytes()).isEqualTo(DATA);
        }
    }

    @Test
    void onceCompleteNothingFailsTheReaders() throws IOException {
        IncomingFile file = incoming(directory.resolve("new.part"));
        file.output().write(DATA);
        file.seal();
        try (InputStream follower = file.follow()) {
            file.complete();
            file.fail("too late");

            assertThat(follower.readAllBytes()).isEqualTo(DATA);
        }
    }

    @Test
    void aFullDiskIsSaidToBeFull() throws IOException {
        IncomingFile file = incoming(Path.of("/dev/full"));
        OutputStream out = file.output();
        out.write(DATA);

        assertThatThrownBy(out::flush).isInstanceOfSatisfying(TresccadException.class, e -> assertThat(e.kind())
                .isEqualTo(ErrorKind.NO_SPACE));
    }

    private static IncomingFile incoming(Path path) {
        return new IncomingFile(path, new DiskRoom(() -> Long.MAX_VALUE, 0), Long.MAX_VALUE);
    }
}
