package org.tresccad.hypervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * Takes a save image apart, front to back, in pieces of any size: what comes before the guest's memory, each page with its
 * place, and what comes after. {@link SaveImagePages} has the format; unlike that, this refuses what it does not know.
 * Not thread-safe.
 */
final class RamStream {
    static final byte PART = 0x02;
    static final byte END = 0x03;
    static final byte FOOTER = 0x7e;
    static final int FLAG_FILLED = 0x02;
    static final int FLAG_PAGE = 0x08;
    static final int FLAG_END = 0x10;
    static final int FLAG_SAME_BLOCK = 0x20;

    static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final byte START = 0x01;
    private static final byte CONFIGURATION = 0x07;
    private static final int FLAG_SIZES = 0x04;
    private static final int FLAGS = SaveImagePages.PAGE_BYTES - 1;
    private static final int QEVM = 0x5145564d;
    private static final int STREAM_VERSION = 3;
    private static final int START_BYTES = 17;
    private static final int FOOTER_BYTES = 5;
    private static final int MOST_NAME_BYTES = 256;
    /** A machine has some ten blocks, of at most 264 bytes in the head. */
    private static final int MOST_HEAD_BYTES = 1 << 16;

    private static final int BUFFER_BYTES = 1 << 16;
    /** A field has to be there as a whole; the header can be the largest. */
    private static final int MOST_BUFFER_BYTES = 2 * SaveImageHeader.MOST_DATA_BYTES;

    /** Takes what is found. The bytes belong to the stream again afterwards. */
    interface Events {
        /** libvirt's header. */
        void header(byte[] bytes, int at, int length);

        /** QEMU's stream up to the first page: its version, the machine's name, the sizes of the blocks. */
        void head(byte[] bytes, int at, int length);

        /** A page of {@link SaveImagePages#PAGE_BYTES} bytes. */
        void page(Block block, long address, byte[] bytes, int at);

        /** A page that has nothing but this byte in it. */
        void filled(Block block, long address, byte with);

        /** The devices' state, to the file's end. */
        void tail(byte[] bytes, int at, int length);
    }

    /**
     * A block of the guest's memory.
     *
     * @param number counted from 0
     * @param name QEMU's, such as {@code pc.ram}, a character a byte
     */
    record Block(int number, String name, long sizeBytes) {}

    private enum Due {
        HEADER,
        MAGIC,
        SECTION,
        RECORD,
        SIZES,
        TAIL
    }

    private final Events events;
    private final long mostBytes;
    private final Map<String, Block> blocks = new LinkedHashMap<>();
    private byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private Due due = Due.HEADER;
    private boolean isStarted;
    private boolean isInStart;
    private boolean isInLast;
    private int ramId;
    private int headBytes;
    private long sizesLeft;
    private Optional<Block> block = Optional.empty();

    /** For a guest with at most {@code mostBytes} of memory. */
    RamStream(long mostBytes, Events events) {
        this.mostBytes = mostBytes;
        this.events = events;
    }

    /** The blocks' sizes are known once there was a page. */
    Iterable<Block> blocks() {
        return blocks.values();
    }

    /** The number of QEMU's section with the memory. */
    int ramId() {
        return ramId;
    }

    /** Whether all pages were there. */
    boolean isInTail() {
        return due == Due.TAIL;
    }

    /**
     * Takes the next {@code length} bytes.
     *
     * @throws TresccadException INVALID_CONTENT when there is something unknown in them
     */
    void accept(byte[] bytes, int length) {
        int at = 0;
        while (at < length) {
            if (from > 0) {
                System.arraycopy(buffer, from, buffer, 0, to - from);
                to -= from;
                from = 0;
            }
            if (to == buffer.length) {
                require(to < MOST_BUFFER_BYTES, "a field that is too long");
                buffer = Arrays.copyOf(buffer, 2 * to);
            }
            int step = Math.min(length - at, buffer.length - to);
            System.arraycopy(bytes, at, buffer, to, step);
            to += step;
            at += step;
            while (from < to && take()) {}
        }
    }

    /** Takes one field, if it is there as a whole. */
    private boolean take() {
        return switch (due) {
            case HEADER -> header();
            case MAGIC -> magic();
            case SECTION -> section();
            case RECORD -> record();
            case SIZES -> size();
            case TAIL -> {
                events.tail(buffer, from, to - from);
                from = to;
                yield false;
            }
        };
    }

    private boolean header() {
        byte[] start = new byte[to - from];
        System.arraycopy(buffer, from, start, 0, start.length);
        Optional<SaveImageHeader> header = SaveImageHeader.parse(start, start.length);
        if (header.isEmpty()) {
            return false;
        }
        int length = (int) header.get().streamOffset();
        events.header(buffer, from, length);
        return go(length, Due.MAGIC);
    }

    private boolean magic() {
        if (!has(8)) {
            return false;
        }
        require(int32(0) == QEVM && int32(4) == STREAM_VERSION, "another kind of stream");
        return head(8, Due.SECTION);
    }

    private boolean section() {
        switch (buffer[from]) {
            case CONFIGURATION -> {
                if (!has(5)) {
                    return false;
                }
                require(!isStarted, "a machine's name amid its memory");
                int name = int32(1);
                require(name >= 0 && name <= MOST_NAME_BYTES, "a machine's name that is too long");
                return has(5 + name) && head(5 + name, Due.SECTION);
            }
            case START -> {
                if (!has(START_BYTES)) {
                    return false;
                }
                require(!isStarted && text(5, 4).equals("\3ram"), "a section that is not memory");
                isStarted = true;
                isInStart = true;
                ramId = int32(1);
                return head(START_BYTES, Due.RECORD);
            }
            case PART, END -> {
                if (!has(5)) {
                    return false;
                }
                require(isStarted && int32(1) == ramId, "a section that is not memory");
                isInStart = false;
                isInLast = buffer[from] == END;
                return go(5, Due.RECORD);
            }
            default -> throw unknown("a section of an unknown kind");
        }
    }

    private boolean record() {
        if (!has(8)) {
            return false;
        }
        long record = int64(0);
        int flags = (int) record & FLAGS;
        long address = record & ~FLAGS;
        switch (flags) {
            case FLAG_SIZES -> {
                require(isInStart && blocks.isEmpty(), "sizes in the wrong place");
                require(address > 0 && address <= mostBytes, "too much memory");
                sizesLeft = address;
                return head(8, Due.SIZES);
            }
            case FLAG_END -> {
                if (!has(8 + FOOTER_BYTES)) {
                    return false;
                }
                require(buffer[from + 8] == FOOTER && int32(9) == ramId, "a section without its footer");
                if (isInStart) {
                    return head(8 + FOOTER_BYTES, Due.SECTION);
                }
                return go(8 + FOOTER_BYTES, isInLast ? Due.TAIL : Due.SECTION);
            }
            default -> {
                return page(flags, address);
            }
        }
    }

    private boolean page(int flags, long address) {
        boolean isPage = (flags & ~FLAG_SAME_BLOCK) == FLAG_PAGE;
        require(isPage || (flags & ~FLAG_SAME_BLOCK) == FLAG_FILLED, "a record of an unknown kind");
        require(!isInStart, "a page in the wrong place");
        int content = 8;
        Optional<Block> its = block;
        if ((flags & FLAG_SAME_BLOCK) == 0) {
            if (!has(9) || !has(9 + (buffer[from + 8] & 0xff))) {
                return false;
            }
            int name = buffer[from + 8] & 0xff;
            its = Optional.ofNullable(blocks.get(text(9, name)));
            content += 1 + name;
        }
        int length = isPage ? SaveImagePages.PAGE_BYTES : 1;
        if (!has(content + length)) {
            return false;
        }
        Block known = its.orElseThrow(() -> unknown("a page of no block"));
        require(address >= 0 && address < known.sizeBytes(), "a page outside of its block");
        block = its;
        if (isPage) {
            events.page(known, address, buffer, from + content);
        } else {
            events.filled(known, address, buffer[from + content]);
        }
        return go(content + length, Due.RECORD);
    }

    private boolean size() {
        if (!has(1) || !has(9 + (buffer[from] & 0xff))) {
            return false;
        }
        int name = buffer[from] & 0xff;
        long size = int64(1 + name);
        require(size > 0 && size <= sizesLeft, "a block of an impossible size");
        String text = text(1, name);
        require(blocks.put(text, new Block(blocks.size(), text, size)) == null, "two blocks of one name");
        sizesLeft -= size;
        return head(9 + name, sizesLeft > 0 ? Due.SIZES : Due.RECORD);
    }

    private boolean head(int length, Due next) {
        headBytes += length;
        require(headBytes <= MOST_HEAD_BYTES, "more blocks of memory than a machine has");
        events.head(buffer, from, length);
        return go(length, next);
    }

    private boolean go(int length, Due next) {
        from += length;
        due = next;
        return true;
    }

    private boolean has(int length) {
        return to - from >= length;
    }

    private int int32(int at) {
        return (int) INTS.get(buffer, from + at);
    }

    private long int64(int at) {
        return (long) LONGS.get(buffer, from + at);
    }

    private String text(int at, int length) {
        return new String(buffer, from + at, length, StandardCharsets.ISO_8859_1);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw unknown(otherwise);
        }
    }

    private static TresccadException unknown(String what) {
        return new TresccadException(
                ErrorKind.INVALID_CONTENT, "the memory file cannot be taken apart: it has " + what);
    }
}
