package org.tresccad.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The inputs of a fuzz target that are kept, in {@code src/test/resources/fuzz/}, a directory for each test class:
 * where the fuzzer begins, and what every ordinary run repeats. What it finds belongs there, once it is mended.
 */
public final class FuzzCorpus {
    private FuzzCorpus() {}

    /** What is done to each input; {@code bin/lib/fuzz} finds it by its name, {@code fuzzerTestOneInput}. */
    @FunctionalInterface
    public interface Target {
        /** Ends normally, or with whatever shows that something is wrong. */
        void run(byte[] input) throws Exception;
    }

    /** Runs {@code target} on every input that is kept for {@code test}, which must be {@code atLeast} so many. */
    public static void replay(Class<?> test, int atLeast, Target target) {
        List<Path> inputs = inputs(test);
        assertThat(inputs).as("inputs of %s", test.getSimpleName()).hasSizeGreaterThanOrEqualTo(atLeast);
        for (Path input : inputs) {
            try {
                target.run(Files.readAllBytes(input));
            } catch (Throwable e) {
                throw new AssertionError("input " + input.getFileName() + " of " + test.getSimpleName(), e);
            }
        }
    }

    private static List<Path> inputs(Class<?> test) {
        URL directory = Objects.requireNonNull(
                test.getResource("/fuzz/" + test.getSimpleName()), "there are no inputs for " + test);
        try (Stream<Path> files = Files.list(Path.of(directory.toURI()))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
