package org.tresccad.vmpackage;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** A tar archive to be put together wrongly: every header has the right checksum, whatever else was done to it. */
final class TestingTar {
    private final List<byte[]> blocks = new ArrayList<>();

    /** The entries of a correct package. */
    static TestingTar of(byte[] packageBytes) {
        TestingTar tar = new TestingTar();
        int at = 0;
        while (packageBytes[at] != 0) {
            TarHeader header = TarHeader.decode(Arrays.copyOfRange(packageBytes, at, at + TarHeader.BLOCK));
            int from = at + TarHeader.BLOCK;
            int to = from + (int) header.sizeBytes();
            tar.entry(header.name(), Arrays.copyOfRange(packageBytes, from, to));
            at = to + header.paddingBytes();
        }
        return tar;
    }

    /** Appends a correct entry. */
    TestingTar entry(String name, byte[] content) {
        return entry(name, content, header -> {});
    }

    /** Appends an entry whose header {@code change} has spoilt. */
    TestingTar entry(String name, byte[] content, Consumer<byte[]> change) {
        blocks.add(bytesOf(name, content, change));
        return this;
    }

    /** Puts an entry before the {@code index}-th. */
    TestingTar insert(int index, String name, byte[] content, Consumer<byte[]> change) {
        blocks.add(index, bytesOf(name, content, change));
        return this;
    }

    TestingTar replace(int index, String name, byte[] content) {
        blocks.set(index, bytesOf(name, content, header -> {}));
        return this;
    }

    TestingTar remove(int index) {
        blocks.remove(index);
        return this;
    }

    TestingTar swap(int one, int other) {
        byte[] kept = blocks.get(one);
        blocks.set(one, blocks.get(other));
        blocks.set(other, kept);
        return this;
    }

    TestingTar repeat(int index) {
        blocks.add(index, blocks.get(index));
        return this;
    }

    int entries() {
        return blocks.size();
    }

    String name(int index) {
        return TarHeader.decode(Arrays.copyOf(blocks.get(index), TarHeader.BLOCK))
                .name();
    }

    byte[] content(int index) {
        byte[] entry = blocks.get(index);
        TarHeader header = TarHeader.decode(Arrays.copyOf(entry, TarHeader.BLOCK));
        return Arrays.copyOfRange(entry, TarHeader.BLOCK, TarHeader.BLOCK + (int) header.sizeBytes());
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        blocks.forEach(out::writeBytes);
        out.writeBytes(new byte[2 * TarHeader.BLOCK]);
        return out.toByteArray();
    }

    /** Writes {@code text} over a header, from {@code at} on. */
    static Consumer<byte[]> put(int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return header -> System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** Makes a header's checksum right again. */
    static void repair(byte[] bytes, int headerAt) {
        Arrays.fill(bytes, headerAt + 148, headerAt + 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < TarHeader.BLOCK; i++) {
            sum += bytes[headerAt + i] & 0xff;
        }
        byte[] text = String.format(Locale.ROOT, "%06o\0 ", sum).getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(text, 0, bytes, headerAt + 148, text.length);
    }

    private static byte[] bytesOf(String name, byte[] content, Consumer<byte[]> change) {
        TarHeader header = new TarHeader(name, content.length);
        byte[] bytes = new byte[TarHeader.BLOCK + content.length + header.paddingBytes()];
        byte[] block = header.encode();
        change.accept(block);
        System.arraycopy(block, 0, bytes, 0, block.length);
        repair(bytes, 0);
        System.arraycopy(content, 0, bytes, TarHeader.BLOCK, content.length);
        return bytes;
    }
}
