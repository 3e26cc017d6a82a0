package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;
import org.tresccad.testing.TestingSaveImage;

/**
 * Two save images that anybody may have made, spliced: they are refused as invalid, or QEMU has the first one's memory
 * with the second one's over it and the second one's devices, in whatever pieces they arrive.
 */
final class SplicedMemoryFuzzTest {
    private static final long MOST_BYTES = SplicedMemory.MOST_BYTES;
    private static final byte[] BEFORE = TestingSaveImage.of(
                    List.of(page(1, 2), page(3, 3), page(4, 4), page(5, 6), page(0, 0)), 2, new byte[] {1, 2, 3})
            .bytes();
    private static final byte[] AFTER = TestingSaveImage.of(
                    List.of(page(1, 2), page(7, 7), page(4, 5), page(5, 6), page(0, 0)), 3, new byte[] {4, 5})
            .bytes();

    private static byte[] page(int first, int others) {
        byte[] page = new byte[SaveImagePages.PAGE_BYTES];
        Arrays.fill(page, (byte) others);
        page[0] = (byte) first;
        return page;
    }

    @Test
    @Timeout(60)
    void keptImagesAreRefusedOrSplicedAsTheyAre() {
        FuzzCorpus.replay(SplicedMemoryFuzzTest.class, 14, SplicedMemoryFuzzTest::fuzzerTestOneInput);
    }

    /** Two bytes say in which pieces they arrive, one each how often the images are changed, the others how. */
    public static void fuzzerTestOneInput(byte[] input) {
        FuzzInput choices = new FuzzInput(input);
        int piece = 1 + choices.below(1 << 16);
        int before = choices.below(4);
        int after = choices.below(4);
        byte[] first = changed(BEFORE, before, choices);
        byte[] second = changed(AFTER, after, choices);

        Optional<byte[]> spliced = spliced(first, second, piece);
        assertThat(spliced(first, second, Math.max(first.length, second.length)))
                .usingRecursiveComparison()
                .isEqualTo(spliced);
        spliced.ifPresent(stream -> {
            Guest expected = new Guest();
            expected.read(first);
            expected.devices.reset();
            expected.read(second);
            Guest guest = new Guest();
            guest.read(stream);
            assertThat(guest.memory).isEqualTo(expected.memory);
            assertThat(guest.devices.toByteArray()).isEqualTo(expected.devices.toByteArray());
        });
    }

    private static byte[] changed(byte[] image, int times, FuzzInput choices) {
        byte[] changed = image;
        for (int n = 0; n < times; n++) {
            changed = choices.changed(changed);
        }
        return changed;
    }

    /** What QEMU was given; nothing if one of the images was refused. */
    private static Optional<byte[]> spliced(byte[] first, byte[] second, int piece) {
        Recording qemu = new Recording();
        try (SplicedMemory memory = new SplicedMemory(qemu)) {
            for (int at = 0; at < first.length; at += piece) {
                byte[] bytes = Arrays.copyOfRange(first, at, Math.min(first.length, at + piece));
                memory.writeFirst(bytes, bytes.length);
            }
            memory.endFirst();
            for (int at = 0; at < second.length; at += piece) {
                byte[] bytes = Arrays.copyOfRange(second, at, Math.min(second.length, at + piece));
                memory.writeSecond(bytes, bytes.length);
            }
            memory.complete();
            return Optional.of(qemu.stream.toByteArray());
        } catch (TresccadException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT);
            return Optional.empty();
        }
    }

    private static final class Recording implements IncomingMemory {
        private final ByteArrayOutputStream stream = new ByteArrayOutputStream();

        @Override
        public void write(byte[] bytes, int length) {
            stream.write(bytes, 0, length);
        }

        @Override
        public void complete() {
            // All of it was written.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    /** The memory and the devices that a save image amounts to. */
    private static final class Guest implements RamStream.Events {
        private final Map<String, String> memory = new TreeMap<>();
        private final ByteArrayOutputStream devices = new ByteArrayOutputStream();

        private void read(byte[] image) {
            new RamStream(MOST_BYTES, this).accept(image, image.length);
        }

        @Override
        public void header(byte[] bytes, int at, int length) {
            // libvirt's, and none of the guest's.
        }

        @Override
        public void head(byte[] bytes, int at, int length) {
            // Of every machine the same.
        }

        @Override
        public void page(RamStream.Block block, long address, byte[] bytes, int at) {
            byte[] page = Arrays.copyOfRange(bytes, at, at + SaveImagePages.PAGE_BYTES);
            boolean isFilled = Arrays.mismatch(page, 0, page.length - 1, page, 1, page.length) < 0;
            memory.put(place(block, address), isFilled ? filledWith(page[0]) : Arrays.toString(page));
        }

        @Override
        public void filled(RamStream.Block block, long address, byte with) {
            memory.put(place(block, address), filledWith(with));
        }

        @Override
        public void tail(byte[] bytes, int at, int length) {
            devices.write(bytes, at, length);
        }

        private static String place(RamStream.Block block, long address) {
            return block.name() + " " + address;
        }

        private static String filledWith(byte with) {
            return "filled with " + with;
        }
    }
}
