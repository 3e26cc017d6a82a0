package org.tresccad.hypervisor;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Gives QEMU two save images of one guest as one stream: of the first, made while the guest ran, all pages; of the second,
 * made of the frozen guest, the pages that are other ones by now, and the devices' state. So QEMU has most of the memory
 * before the guest is frozen. QEMU takes pages as often as they come, the last counts: in an ordinary migration they come
 * again whenever the guest has changed them.
 *
 * <p>Pages are told apart by XXH3 with 128 bits and a seed of its own for each guest. A page taken for another one by
 * mistake would stay as it was; that somebody who does not know the seed makes two such pages is not to be expected, and
 * it would be their own guest. For one thread, but for {@link #close}.
 *
 * @see <a href="https://gitlab.com/qemu-project/qemu/-/blob/v7.2.0/migration/ram.c">QEMU: migration/ram.c, ram_load</a>
 */
public final class SplicedMemory implements Closeable {
    /** Of guests, in all that are on their way at a time: 16 bytes for each page are kept meanwhile. */
    public static final int MOST_GUEST_MIB = 4096;

    /** A guest's memory has ROMs and tables of its machine beside it. */
    static final long MOST_BYTES = (MOST_GUEST_MIB + 64L) << 20;

    private static final int OUT_BYTES = 1 << 18;
    private static final int LONGEST_RECORD = 8 + 1 + 255 + SaveImagePages.PAGE_BYTES;

    private final IncomingMemory qemu;
    private final Hasher128 hasher = Hashing.xxh3_128(new SecureRandom().nextLong());
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private final List<long[]> known = new ArrayList<>();
    private final byte[] out = new byte[OUT_BYTES];
    private int outBytes;
    private boolean isInSection;
    private Optional<String> blockBefore = Optional.empty();

    private final RamStream first = new RamStream(MOST_BYTES, new First());
    private final Second rest = new Second();
    private final RamStream second = new RamStream(MOST_BYTES, rest);

    /** On its way into {@code qemu}. */
    public SplicedMemory(IncomingMemory qemu) {
        this.qemu = qemu;
    }

    /**
     * Takes the next {@code length} bytes of the first image.
     *
     * @throws TresccadException as {@link IncomingMemory#write}; INVALID_CONTENT also when there is something unknown in
     *     it, or more memory than {@link #MOST_BYTES}
     */
    public void writeFirst(byte[] bytes, int length) {
        first.accept(bytes, length);
    }

    /**
     * The first image is complete.
     *
     * @throws TresccadException INVALID_CONTENT when it is not
     */
    public void endFirst() {
        requireWhole(first);
        endSection();
        flush();
    }

    /** Takes the next {@code length} bytes of the second image, as {@link #writeFirst}. */
    public void writeSecond(byte[] bytes, int length) {
        second.accept(bytes, length);
    }

    /**
     * All of the second image was there and is as it should be.
     *
     * @throws TresccadException as {@link IncomingMemory#complete}
     */
    public void complete() {
        requireWhole(second);
        if (!rest.isInTail) {
            throw cutShort();
        }
        flush();
        qemu.complete();
    }

    @Override
    public void close() {
        qemu.close();
    }

    private final class First implements RamStream.Events {
        @Override
        public void header(byte[] bytes, int at, int length) {
            put(bytes, at, length);
        }

        @Override
        public void head(byte[] bytes, int at, int length) {
            head.write(bytes, at, length);
            put(bytes, at, length);
        }

        @Override
        public void page(RamStream.Block block, long address, byte[] bytes, int at) {
            isNew(block, address, bytes, at);
            putPage(RamStream.PART, block, address, bytes, at);
        }

        @Override
        public void filled(RamStream.Block block, long address, byte with) {
            isNew(block, address, with);
            putFilled(RamStream.PART, block, address, with);
        }

        @Override
        public void tail(byte[] bytes, int at, int length) {
            // The devices went on.
        }
    }

    private final class Second implements RamStream.Events {
        private final ByteArrayOutputStream its = new ByteArrayOutputStream();
        private boolean isInTail;

        @Override
        public void header(byte[] bytes, int at, int length) {
            // QEMU has the first one's.
        }

        @Override
        public void head(byte[] bytes, int at, int length) {
            its.write(bytes, at, length);
        }

        @Override
        public void page(RamStream.Block block, long address, byte[] bytes, int at) {
            requireSameHead();
            if (isNew(block, address, bytes, at)) {
                putPage(RamStream.END, block, address, bytes, at);
            }
        }

        @Override
        public void filled(RamStream.Block block, long address, byte with) {
            requireSameHead();
            if (isNew(block, address, with)) {
                putFilled(RamStream.END, block, address, with);
            }
        }

        @Override
        public void tail(byte[] bytes, int at, int length) {
            requireSameHead();
            if (!isInTail) {
                isInTail = true;
                beginSection(RamStream.END);
                endSection();
            }
            put(bytes, at, length);
        }

        private void requireSameHead() {
            if (its.size() > 0) {
                if (!Arrays.equals(head.toByteArray(), its.toByteArray())) {
                    throw invalid("the memory file is of another machine than what was sent ahead");
                }
                its.reset();
            }
        }
    }

    private boolean isNew(RamStream.Block block, long address, byte[] bytes, int at) {
        HashValue128 hash = hasher.hashBytesTo128Bits(bytes, at, SaveImagePages.PAGE_BYTES);
        return isNew(block, address, hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }

    private boolean isNew(RamStream.Block block, long address, byte with) {
        // No hash of a page is so, but by a chance as small as any other mistake's.
        return isNew(block, address, 0, 1 + (with & 0xff));
    }

    private boolean isNew(RamStream.Block block, long address, long high, long low) {
        while (known.size() <= block.number()) {
            known.add(new long[0]);
        }
        long[] hashes = known.get(block.number());
        if (hashes.length == 0) {
            long pages = (block.sizeBytes() + SaveImagePages.PAGE_BYTES - 1) / SaveImagePages.PAGE_BYTES;
            hashes = new long[Math.toIntExact(2 * pages)];
            known.set(block.number(), hashes);
        }
        int place = (int) (2 * (address / SaveImagePages.PAGE_BYTES));
        if (hashes[place] == high && hashes[place + 1] == low) {
            return false;
        }
        hashes[place] = high;
        hashes[place + 1] = low;
        return true;
    }

    private void putPage(byte section, RamStream.Block block, long address, byte[] bytes, int at) {
        putRecord(section, block, address | RamStream.FLAG_PAGE);
        put(bytes, at, SaveImagePages.PAGE_BYTES);
    }

    private void putFilled(byte section, RamStream.Block block, long address, byte with) {
        putRecord(section, block, address | RamStream.FLAG_FILLED);
        out[outBytes++] = with;
    }

    /** Leaves room for the content. */
    private void putRecord(byte section, RamStream.Block block, long record) {
        beginSection(section);
        reserve(LONGEST_RECORD);
        boolean isSame = blockBefore.filter(block.name()::equals).isPresent();
        RamStream.LONGS.set(out, outBytes, isSame ? record | RamStream.FLAG_SAME_BLOCK : record);
        outBytes += 8;
        if (!isSame) {
            byte[] name = block.name().getBytes(StandardCharsets.ISO_8859_1);
            out[outBytes++] = (byte) name.length;
            System.arraycopy(name, 0, out, outBytes, name.length);
            outBytes += name.length;
            blockBefore = Optional.of(block.name());
        }
    }

    private void beginSection(byte type) {
        if (!isInSection) {
            reserve(5);
            out[outBytes] = type;
            RamStream.INTS.set(out, outBytes + 1, first.ramId());
            outBytes += 5;
            isInSection = true;
            blockBefore = Optional.empty();
        }
    }

    private void endSection() {
        if (isInSection) {
            reserve(13);
            RamStream.LONGS.set(out, outBytes, (long) RamStream.FLAG_END);
            out[outBytes + 8] = RamStream.FOOTER;
            RamStream.INTS.set(out, outBytes + 9, first.ramId());
            outBytes += 13;
            isInSection = false;
        }
    }

    private void put(byte[] bytes, int at, int length) {
        int done = 0;
        while (done < length) {
            reserve(1);
            int step = Math.min(length - done, out.length - outBytes);
            System.arraycopy(bytes, at + done, out, outBytes, step);
            outBytes += step;
            done += step;
        }
    }

    private void reserve(int length) {
        if (out.length - outBytes < length) {
            flush();
        }
    }

    private void flush() {
        if (outBytes > 0) {
            qemu.write(out, outBytes);
            outBytes = 0;
        }
    }

    private static void requireWhole(RamStream image) {
        if (!image.isInTail()) {
            throw cutShort();
        }
    }

    private static TresccadException cutShort() {
        return invalid("the memory file cannot be used: it is cut short");
    }

    private static TresccadException invalid(String why) {
        return new TresccadException(ErrorKind.INVALID_CONTENT, why);
    }
}
