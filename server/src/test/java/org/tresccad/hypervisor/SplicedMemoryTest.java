package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.testing.TestingSaveImage;

final class SplicedMemoryTest {
    private static final int PAGE = SaveImagePages.PAGE_BYTES;
    private static final int PAGES = 40;
    private static final byte[] DEVICES_BEFORE = "the devices of before".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DEVICES = "the devices".getBytes(StandardCharsets.UTF_8);

    private final Qemu qemu = new Qemu();
    private final SplicedMemory memory = new SplicedMemory(qemu);

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096, 4105, 100_000, 10_000_000})
    void qemuHasTheSecondMemoryAndItsDevicesInTheEnd(int pieceBytes) {
        List<byte[]> before = pages();
        List<byte[]> after = new ArrayList<>(before);
        after.set(3, page(1003));
        after.set(4, new byte[PAGE]);
        after.set(5, page(1005));
        after.set(39, page(1039));

        first(TestingSaveImage.of(before, 11, DEVICES_BEFORE).bytes(), pieceBytes);
        int ahead = qemu.stream.size();
        second(TestingSaveImage.of(after, 7, DEVICES).bytes(), pieceBytes);

        assertThat(qemu.isComplete).isTrue();
        assertThat(qemu.pages(PAGES)).usingRecursiveComparison().isEqualTo(after);
        assertThat(qemu.devices).isEqualTo(DEVICES);
        assertThat(qemu.stream.size() - ahead).isLessThan(4 * PAGE);
    }

    @Test
    void aMemoryThatStayedTheSameSendsNothingButTheDevices() {
        byte[] image = TestingSaveImage.of(pages(), 11, DEVICES).bytes();
        first(image, PAGE);
        int ahead = qemu.stream.size();
        second(image, PAGE);
        assertThat(qemu.pages(PAGES)).usingRecursiveComparison().isEqualTo(pages());
        assertThat(qemu.stream.size() - ahead).isLessThan(100);
    }

    @Test
    void theMemoryOfAnotherMachineIsRefused() {
        first(TestingSaveImage.of(pages(), 11, DEVICES).bytes(), PAGE);
        byte[] other = TestingSaveImage.of(pages().subList(0, 20), 11, DEVICES).bytes();
        assertRefused(() -> second(other, PAGE), "another machine");
        assertThat(qemu.isComplete).isFalse();
    }

    @Test
    void whatIsCutShortIsRefused() {
        byte[] image = TestingSaveImage.of(pages(), 11, DEVICES).bytes();
        for (int length = 0; length < image.length - DEVICES.length; length += 1 + length / 3) {
            SplicedMemory cut = new SplicedMemory(new Qemu());
            cut.writeFirst(image, length);
            assertRefused(cut::endFirst, "cut short");
        }
        first(image, PAGE);
        memory.writeSecond(image, image.length - DEVICES.length);
        assertRefused(memory::complete, "cut short");
        assertThat(qemu.isComplete).isFalse();
    }

    @Test
    void whatIsNotKnownIsRefusedAndNothingIsGuessed() {
        byte[] image = TestingSaveImage.of(pages(), 11, DEVICES).bytes();
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] changed = image.clone();
            changed[92 + 1020 + random.nextInt(image.length - 1200)] ^= (byte) (1 << random.nextInt(8));
            SplicedMemory each = new SplicedMemory(new Qemu());
            try {
                each.writeFirst(changed, changed.length);
                each.endFirst();
            } catch (TresccadException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT);
                refused++;
            }
        }
        // Most bytes are content, which may be anything.
        assertThat(refused).isBetween(1, 200);
    }

    @Test
    void aHeadWithoutAnEndIsRefusedBeforeItFillsTheMemory() {
        byte[] image = TestingSaveImage.of(pages(), 11, DEVICES).bytes();
        int machine = 92 + 1021 + 8;
        memory.writeFirst(image, machine);
        byte[] again = Arrays.copyOfRange(image, machine, machine + 18);
        assertRefused(
                () -> {
                    for (int i = 0; i < 10_000; i++) {
                        memory.writeFirst(again, again.length);
                    }
                },
                "more blocks");
    }

    private void first(byte[] image, int pieceBytes) {
        for (int at = 0; at < image.length; at += pieceBytes) {
            byte[] piece = Arrays.copyOfRange(image, at, Math.min(image.length, at + pieceBytes));
            memory.writeFirst(piece, piece.length);
        }
        memory.endFirst();
    }

    private void second(byte[] image, int pieceBytes) {
        for (int at = 0; at < image.length; at += pieceBytes) {
            byte[] piece = Arrays.copyOfRange(image, at, Math.min(image.length, at + pieceBytes));
            memory.writeSecond(piece, piece.length);
        }
        memory.complete();
    }

    private static void assertRefused(Runnable work, String why) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT))
                .hasMessageContaining(why);
    }

    private static List<byte[]> pages() {
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < PAGES; i++) {
            pages.add(i % 5 == 2 ? new byte[PAGE] : page(i));
        }
        return pages;
    }

    private static byte[] page(int seed) {
        byte[] page = new byte[PAGE];
        new Random(seed).nextBytes(page);
        return page;
    }

    /** Takes a stream as QEMU's ram_load does, and remembers what it amounts to. */
    private static final class Qemu implements IncomingMemory {
        private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
        private boolean isComplete;
        private byte[] devices = {};
        private Map<String, byte[]> memory = Map.of();

        @Override
        public void write(byte[] bytes, int length) {
            stream.write(bytes, 0, length);
        }

        @Override
        public void complete() {
            isComplete = true;
            ByteBuffer in = ByteBuffer.wrap(stream.toByteArray());
            in.position(92 + Integer.reverseBytes(in.getInt(20)) + 8);
            assertThat(in.get()).isEqualTo((byte) 7);
            in.position(in.position() + 4 + in.getInt(in.position()));
            memory = new HashMap<>();
            byte type;
            do {
                type = in.get();
                assertThat(type).isBetween((byte) 1, (byte) 3);
                assertThat(in.getInt()).isEqualTo(2);
                if (type == 1) {
                    in.position(in.position() + 12);
                }
                records(in);
                assertThat(in.get()).isEqualTo((byte) 0x7e);
                assertThat(in.getInt()).isEqualTo(2);
            } while (type != 3);
            devices = new byte[in.remaining()];
            in.get(devices);
        }

        private void records(ByteBuffer in) {
            String block = "none";
            while (true) {
                long record = in.getLong();
                int flags = (int) record & 0xfff;
                long address = record & ~0xfff;
                if (flags == 0x10) {
                    return;
                }
                if (flags == 0x04) {
                    for (long left = address; left > 0; left -= memory.get(block).length) {
                        block = name(in);
                        memory.put(block, new byte[(int) in.getLong()]);
                    }
                    continue;
                }
                if ((flags & 0x20) == 0) {
                    block = name(in);
                }
                byte[] bytes = memory.get(block);
                switch (flags & ~0x20) {
                    case 0x08 -> in.get(bytes, (int) address, PAGE);
                    case 0x02 -> Arrays.fill(bytes, (int) address, (int) address + PAGE, in.get());
                    default -> throw new AssertionError("flags " + flags);
                }
            }
        }

        private static String name(ByteBuffer in) {
            byte[] name = new byte[in.get()];
            in.get(name);
            return new String(name, StandardCharsets.US_ASCII);
        }

        private List<byte[]> pages(int count) {
            List<byte[]> pages = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                pages.add(Arrays.copyOfRange(memory.getOrDefault("pc.ram", new byte[0]), i * PAGE, (i + 1) * PAGE));
            }
            return pages;
        }

        @Override
        public void close() {}
    }
}
