package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.vmpackage.TestingPackages.PART;
import static org.tresccad.vmpackage.TestingPackages.noise;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;
import org.tresccad.testing.TestingSaveImage;

/**
 * Streams that anybody may have made, read as packages. Each ends with an error of the document's table, or with the
 * members that its trailer describes; and either way nothing came out but parts with the digests in their names.
 */
final class PackageFuzzTest {
    private static final int PAGE = BlockIndex.BLOCK_BYTES;

    private static final byte[] FILE = noise(6 * PAGE + 9, 1);
    private static final byte[] MEMORY = memory(noise(PAGE, 2));
    private static final Reference OF_FILE = TestingDeltas.content(FILE);
    private static final Reference OF_MEMORY = TestingDeltas.kept(Member.SNAPSHOT, MEMORY);
    private static final Map<Reference, byte[]> HELD = Map.of(OF_FILE, FILE, OF_MEMORY, MEMORY);

    /** Without references, with two of them, and with blocks sent ahead. */
    private static final List<byte[]> CORRECT = correct();

    private static List<byte[]> correct() {
        Map<Member, byte[]> contents = new EnumMap<>(Member.class);
        contents.put(Member.LIBVIRT_XML, "<domain/>".getBytes(StandardCharsets.UTF_8));
        contents.put(Member.KERNEL, noise(100, 1));
        contents.put(Member.SNAPSHOT, new byte[2 * PART]);
        contents.put(Member.DISK, Arrays.copyOf(noise(500, 2), PART + 1));
        try {
            BlockIndex index = TestingDeltas.index();
            TestingDeltas.addAligned(index, FILE, 0);
            TestingDeltas.addSaveImage(index, MEMORY, 1);
            Map<Member, byte[]> relative = new EnumMap<>(Member.class);
            relative.put(Member.KERNEL, FILE);
            relative.put(Member.SNAPSHOT, memory(noise(300, 3)));
            return List.of(
                    TestingPackages.pack(contents),
                    TestingDeltas.pack(relative, List.of(OF_FILE, OF_MEMORY), index, 4 * PART),
                    AheadBlocksTest.packed(
                            List.of(noise(PAGE, 5), noise(PAGE, 6)), Arrays.copyOf(noise(PAGE, 6), PAGE + 7)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a guest with five pages, one of which begins with {@code some}. */
    private static byte[] memory(byte[] some) {
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            pages.add(i == 3 ? new byte[PAGE] : noise(PAGE, 10 + i));
        }
        pages.set(1, Arrays.copyOf(some, PAGE));
        return TestingSaveImage.of(pages, 4, noise(50, 4)).bytes();
    }

    @Test
    @Timeout(60)
    void keptPackagesEndAsTheDocumentSays() {
        FuzzCorpus.replay(PackageFuzzTest.class, 20, PackageFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void correctPackagesAreReadAndTheSameWithoutAnEntryAreNot() throws IOException {
        assertThat(TestingDeltas.deltas(CORRECT.get(1))).isGreaterThan(1);
        for (int i = 0; i < CORRECT.size(); i++) {
            assertThat(read(CORRECT.get(i))).as("package %d", i).isTrue();
            FuzzInput none = new FuzzInput(new byte[0]);
            assertThat(TestingForgery.of(CORRECT.get(i), none)).isEqualTo(CORRECT.get(i));
            FuzzInput removal = new FuzzInput(new byte[] {1, 0});
            assertThat(read(TestingForgery.of(CORRECT.get(i), removal))).isFalse();
        }
    }

    /**
     * One byte says what the others change: one of the three correct packages, or nothing, so that they are the stream;
     * one more what is done to the stream as a whole.
     */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        FuzzInput choices = new FuzzInput(input);
        int which = choices.below(CORRECT.size() + 1);
        if (which == CORRECT.size()) {
            read(choices.rest());
            return;
        }
        boolean isWhole = choices.below(4) > 0;
        byte[] forged = TestingForgery.of(CORRECT.get(which), choices);
        read(isWhole ? forged : choices.changed(forged));
    }

    /** Whether it could be read. */
    private static boolean read(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Map<Member, Sink> sinks = new EnumMap<>(Member.class);
        try {
            PackageReader reader = PackageReader.open(
                    new ByteArrayInputStream(bytes), PackageLimits.STANDARD, TestingPackages.WORKERS);
            for (Member member : reader.manifest().members()) {
                sinks.put(member, new Sink(text, reader.mostBytes(member)));
            }
            PackageSummary summary = reader.extract(
                    new EnumMap<>(sinks), sources(reader.manifest(), sinks), new Progress(), new Cancellation());
            summary.members().forEach((member, content) -> {
                Sink sink = sinks.get(member);
                assertThat(sink).isNotNull();
                assertThat(sink.isComplete).as("%s is complete", member).isTrue();
                assertThat(sink.held.size()).isEqualTo(content.sizeBytes());
                assertThat(sink.tree()).isEqualTo(content.treeSha256());
            });
            assertThat(summary.members().keySet()).isEqualTo(sinks.keySet());
            return true;
        } catch (PackageInvalid | ReferenceFailed e) {
            return false;
        } finally {
            sinks.values().forEach(Sink::expectClosed);
        }
    }

    private static Map<Reference, ReferenceSource> sources(Manifest manifest, Map<Member, Sink> sinks) {
        Map<Reference, ReferenceSource> sources = new HashMap<>();
        for (Reference reference : manifest.references()) {
            Optional<byte[]> held = Optional.ofNullable(HELD.get(reference));
            sources.put(
                    reference, () -> new TestingDeltas.InMemory(held.orElseThrow(() -> new IOException("missing"))));
        }
        Optional.ofNullable(sinks.get(Member.AHEAD))
                .ifPresent(ahead ->
                        sources.put(TestingDeltas.AHEAD, () -> new TestingDeltas.InMemory(ahead.held.toByteArray())));
        return sources;
    }

    /** Takes parts whose digest is in the name of an entry, one after the other, and no more of them than may be. */
    private static final class Sink implements MemberSink, MemberSink.Target {
        private final String text;
        private final long most;
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();
        private final ByteArrayOutputStream digests = new ByteArrayOutputStream();
        private int openings;
        private int closings;
        private boolean isComplete;

        Sink(String text, long most) {
            this.text = text;
            this.most = most;
        }

        @Override
        public Target open() {
            openings++;
            return this;
        }

        @Override
        public void write(byte[] bytes, int length) {
            held.write(bytes, 0, length);
            boolean mayBeWritten = openings == 1 && closings == 0 && !isComplete && held.size() <= most;
            String digest = Sha256.of(bytes, length);
            if (!mayBeWritten || !text.contains('.' + digest + '.')) {
                throw new IllegalStateException("a write that must not be");
            }
            digests.writeBytes(HexFormat.of().parseHex(digest));
        }

        @Override
        public void complete() {
            isComplete = true;
        }

        @Override
        public void close() {
            closings++;
        }

        /** As the trailer has to have it. */
        String tree() {
            return Sha256.of(digests.toByteArray(), digests.size());
        }

        void expectClosed() {
            assertThat(openings).isEqualTo(closings).isBetween(0, 1);
        }
    }
}
