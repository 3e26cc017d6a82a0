package org.tresccad.image;

import static org.tresccad.image.TestingImages.ANN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.job.Cancellation;

/** An image service over a directory of its own, for each test. */
abstract class StoredImagesFixture {
    static final byte[] DATA = random(300_000);

    @TempDir
    Path directory;

    TestingImages service;
    StoredImages images;

    @BeforeEach
    void open() {
        service = TestingImages.in(directory);
        images = service.images;
    }

    @AfterEach
    void close() {
        service.close();
    }

    Image storing(ImageId id, Images.Writer writer) {
        try {
            return images.store(ANN, id, writer, new Cancellation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of the store. */
    List<Path> files() {
        try (Stream<Path> all = Files.walk(directory.resolve("store"))) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] random(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }
}
