package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;

/** Instructions that anybody may have written: they make what {@link DeltaModel} makes of them, or are refused. */
final class DeltaFuzzTest {
    /** Room for three pages with their headers. */
    private static final int PART = 1 << 14;

    private static final byte[] FILE = noise(3 * PART + 9, 1);
    private static final byte[] MEMORY = noise(PART, 2);
    private static final Reference OF_FILE = TestingDeltas.content(FILE);
    private static final Reference OF_MEMORY = TestingDeltas.kept(Member.SNAPSHOT, MEMORY);

    @Test
    @Timeout(60)
    void keptInstructionsMakeWhatTheDocumentSays() {
        FuzzCorpus.replay(DeltaFuzzTest.class, 20, DeltaFuzzTest::fuzzerTestOneInput);
    }

    /** Two bytes for the size of the part, then instructions. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        FuzzInput choices = new FuzzInput(input);
        int size = PART - choices.below(PART);
        byte[] instructions = choices.rest();
        Optional<byte[]> expected = DeltaModel.expand(instructions, List.of(FILE, MEMORY), size, PART);
        byte[] plain = new byte[PART];
        try (OpenReferences references = new OpenReferences(
                List.of(OF_FILE, OF_MEMORY),
                Map.of(
                        OF_FILE,
                        () -> new TestingDeltas.InMemory(FILE),
                        OF_MEMORY,
                        () -> new TestingDeltas.InMemory(MEMORY)))) {
            DeltaExpander.expand("a part", instructions, plain, size, references);
            assertThat(expected).as("what the document says").isPresent();
            assertThat(Arrays.equals(plain, Arrays.copyOf(expected.orElseThrow(), PART)))
                    .as("the same bytes, and none behind them")
                    .isTrue();
        } catch (PackageInvalid e) {
            assertThat(expected).as(e.reason()).isEmpty();
        }
    }
}
