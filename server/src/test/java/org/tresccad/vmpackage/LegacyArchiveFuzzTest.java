package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;
import org.tresccad.testing.TestingLegacyPackage;

/**
 * Zip files that anybody may have made: refused as invalid, or each member comes out as long as it said it was and, if
 * Java's own reader takes the file too, with the bytes that it finds.
 */
final class LegacyArchiveFuzzTest {
    private static final TestingLegacyPackage CORRECT = TestingLegacyPackage.on("/opt/stack/_base/1234");
    private static final byte[] DEFLATED = CORRECT.bytes();
    private static final byte[] STORED = CORRECT.bytes(entry -> entry.setMethod(ZipEntry.STORED));
    private static final List<String> NAMES = List.of("disk", "kernel", "ramdisk", "snapshot", "libvirt.xml");

    /** Signatures of a local header, a directory's record, a descriptor and the three kinds of end. */
    private static final List<Integer> RECORDS =
            List.of(0x04034b50, 0x02014b50, 0x08074b50, 0x06054b50, 0x06064b50, 0x07064b50);

    private static final Path FILE = file();

    private static Path file() {
        try {
            Path file = Files.createTempFile("package", ".zip");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(60)
    void keptArchivesAreRefusedOrReadAsTheySay() {
        FuzzCorpus.replay(LegacyArchiveFuzzTest.class, 20, LegacyArchiveFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void correctArchivesAreRead() throws IOException {
        assertThat(read(DEFLATED)).isTrue();
        assertThat(read(STORED)).isTrue();
    }

    /** One byte for the archive that the others change; they are the archive if it is none. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        FuzzInput choices = new FuzzInput(input);
        switch (choices.below(4)) {
            case 0 -> read(changed(DEFLATED, choices));
            case 1 -> read(changed(STORED, choices));
            case 2 -> read(changed(madeAnew(choices), choices));
            default -> read(choices.rest());
        }
    }

    /** With an entry of a content, and under a name, that the input says. */
    private static byte[] madeAnew(FuzzInput choices) {
        String name = choices.below(2) == 0 ? choices.among(NAMES) : choices.text();
        byte[] content = choices.changed(CORRECT.content(choices.among(NAMES)));
        int mode = choices.below(1 << 16);
        boolean isStored = choices.below(2) == 0;
        return CORRECT.without(choices.among(NAMES)).with(name, content).bytes(entry -> {
            if (isStored) {
                entry.setMethod(ZipEntry.STORED);
            }
            if (mode != 0 && entry.getName().equals(name)) {
                entry.setUnixMode(mode);
            }
        });
    }

    /** Fields of records and any other bytes set, and the whole cut or grown. */
    private static byte[] changed(byte[] zip, FuzzInput choices) {
        byte[] changed = zip.clone();
        for (int n = 0; n < 12 && !choices.isOver(); n++) {
            if (choices.below(4) == 0) {
                changed = choices.changed(changed);
                continue;
            }
            ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
            int at = record(buffer, choices.among(RECORDS), choices.below(6)) + 4 + choices.below(52);
            switch (choices.below(3)) {
                case 0 -> put(buffer, at, 1, choices.below(1 << 8));
                case 1 -> put(buffer, at, 2, choices.below(1 << 16));
                default -> put(buffer, at, 4, choices.below(2) == 0 ? choices.below(zip.length) : choices.number());
            }
        }
        return changed;
    }

    /** Where the {@code index}-th record of that kind begins; 0 when there are fewer. */
    private static int record(ByteBuffer zip, int signature, int index) {
        int left = index;
        for (int at = 0; at + 4 <= zip.capacity(); at++) {
            if (zip.getInt(at) == signature && left-- == 0) {
                return at;
            }
        }
        return 0;
    }

    private static void put(ByteBuffer zip, int at, int bytes, int value) {
        for (int i = 0; i < bytes && at + i < zip.capacity(); i++) {
            zip.put(at + i, (byte) (value >>> (8 * i)));
        }
    }

    /** Whether it could be read. */
    private static boolean read(byte[] zip) throws IOException {
        Files.write(FILE, zip);
        Map<Member, ByteArrayOutputStream> received = new EnumMap<>(Member.class);
        try (LegacyArchive archive = LegacyArchive.open(FILE)) {
            String xml = archive.saved().xml();
            VmPackage content = archive.as(LegacyArchiveTest.manifest(archive.members()), PackageLimits.STANDARD);
            content.extract(sinks(archive, received), Map.of(), new Progress(), new Cancellation());
            assertThat(received.keySet()).isEqualTo(archive.members());
            received.forEach((member, out) -> {
                if (member == Member.LIBVIRT_XML) {
                    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(xml);
                } else {
                    assertThat(out.size()).isEqualTo(archive.sizeBytes(member));
                }
            });
        } catch (TresccadException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT);
            return false;
        }
        received.remove(Member.LIBVIRT_XML);
        compareWithJava(received);
        return true;
    }

    private static Map<Member, MemberSink> sinks(LegacyArchive archive, Map<Member, ByteArrayOutputStream> received) {
        Map<Member, MemberSink> sinks = new EnumMap<>(Member.class);
        for (Member member : archive.members()) {
            long most = member == Member.LIBVIRT_XML ? archive.sizeBytes(Member.SNAPSHOT) : archive.sizeBytes(member);
            sinks.put(member, () -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                assertThat(received.put(member, out)).as("opened before").isNull();
                return new Bounded(out, most);
            });
        }
        return sinks;
    }

    /** Takes no more than was announced. */
    private record Bounded(ByteArrayOutputStream out, long most) implements MemberSink.Target {
        @Override
        public void write(byte[] bytes, int length) {
            out.write(bytes, 0, length);
            assertThat((long) out.size()).isLessThanOrEqualTo(most);
        }

        @Override
        public void complete() {}

        @Override
        public void close() {}
    }

    private static void compareWithJava(Map<Member, ByteArrayOutputStream> received) {
        try (ZipFile zip = new ZipFile(FILE.toFile())) {
            for (Map.Entry<Member, ByteArrayOutputStream> each : received.entrySet()) {
                Optional<ZipEntry> entry =
                        Optional.ofNullable(zip.getEntry(each.getKey().fileName()));
                if (entry.isPresent()) {
                    try (InputStream in = zip.getInputStream(entry.get())) {
                        assertThat(in.readAllBytes()).isEqualTo(each.getValue().toByteArray());
                    }
                }
            }
        } catch (IOException e) {
            // Java refuses it; then there is nothing to compare.
        }
    }
}
