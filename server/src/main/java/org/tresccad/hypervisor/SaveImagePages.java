package org.tresccad.hypervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the guest's pages in a save image that passes by, so that two dumps of the same guest can be compared page by
 * page although the pages lie elsewhere in each. Takes the file front to back in pieces of any size, also while it is
 * still being written; what it does not know it declares opaque, from there to the end, and then finds no more pages.
 * So a wrong guess here never does harm: pages are places where it is worth to look for known content, no more.
 *
 * <p>QEMU's stream (version 3, big-endian) after libvirt's header ({@link SaveImageHeader}):
 *
 * <pre>
 * "QEVM" u32 version
 * 07 u32 length, name of the machine type                  configuration, optional
 * 01 u32 id, u8 length, "ram", u32 instance, u32 version   section starts: records follow, then its footer
 * 02 u32 id  (more of it)   03 u32 id  (the last of it)    records follow, then its footer
 * 7e u32 id                                                footer
 * </pre>
 *
 * <p>A record is a u64: an address, a multiple of 4096, with flags in its low 12 bits:
 *
 * <pre>
 * 04  sizes of the blocks, u8 length, name, u64 size each; the address is their sum
 * 08  a page of 4096 bytes    02  a page filled with the one byte that follows
 * 20  beside 08 or 02: of the same block as the record before; otherwise u8 length, name come before the content
 * 10  the end of this section
 * </pre>
 *
 * <p>Everything after the last ram section is the devices' state, which stays opaque. Not thread-safe.
 *
 * @see <a href="https://gitlab.com/qemu-project/qemu/-/blob/v7.2.0/migration/ram.c">QEMU: migration/ram.c</a>
 * @see <a href="https://gitlab.com/qemu-project/qemu/-/blob/v7.2.0/migration/savevm.c">QEMU: migration/savevm.c</a>
 */
public final class SaveImagePages {
    /** Bytes in a page. */
    public static final int PAGE_BYTES = 4096;

    /** Low 12 bits of the record before a page's content, when the record is nothing but those 8 bytes. */
    public static final int PAGE_RECORD_FLAGS = 0x28;

    /** Low 12 bits of a record of 9 bytes: a page filled with the ninth. */
    public static final int FILLED_RECORD_FLAGS = 0x22;

    private static final String MAGIC = "LibvirtQemudSave";
    /** What libvirt writes first, and replaces when the file is whole. */
    private static final String UNFINISHED_MAGIC = "LibvirtQemudPart";

    private static final int QEVM = 0x5145564d;
    private static final int STREAM_VERSION = 3;
    /** Names of machine types and of blocks are short; QEMU's own limit is 256. */
    private static final int MOST_NAME_BYTES = 256;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int FLAG_FILLED = 0x02;
    private static final int FLAG_SIZES = 0x04;
    private static final int FLAG_PAGE = 0x08;
    private static final int FLAG_END = 0x10;

    /** What comes next, and how many bytes of it must be there to go on. */
    private enum Due {
        LIBVIRT_HEADER(92),
        STREAM_MAGIC(8),
        SECTION(1),
        CONFIGURATION_LENGTH(4),
        /** id and the length of the name. */
        START_OF_SECTION(5),
        /** {@code ram}, instance and version. */
        RAM_START(11),
        MORE_OF_SECTION(4),
        RECORD(8),
        BLOCK_NAME_LENGTH(1),
        FOOTER(5),
        SIZE_NAME_LENGTH(1),
        SIZE(8),
        NOTHING(0);

        private final int bytes;

        Due(int bytes) {
            this.bytes = bytes;
        }
    }

    private final byte[] partial = new byte[128];
    private int partialBytes;
    private Due due = Due.LIBVIRT_HEADER;
    private long toSkip;
    private long position;
    /** Offset in the file of the byte after the field that was looked at last. */
    private long afterField;
    /** Whether the section was announced as ram and which id it has. */
    private boolean isRamKnown;

    private int ramId;
    private boolean isInLastRamSection;
    private long sizesLeft;
    /** Flags of the record whose block's name is due. */
    private int recordFlags;

    private long[] pages = new long[64];
    private int count;

    /**
     * Takes the next {@code length} bytes of the file.
     *
     * @return how many pages begin in it or right behind it; ask {@link #page} for them before the next call. The
     *     content of the last may go on in bytes that are still to come
     */
    public int accept(byte[] bytes, int from, int length) {
        count = 0;
        int at = from;
        int end = from + length;
        while (due != Due.NOTHING && at < end) {
            if (toSkip > 0) {
                long step = Math.min(toSkip, end - at);
                toSkip -= step;
                at += (int) step;
            } else if (partialBytes == 0 && end - at >= due.bytes) {
                int field = at;
                at += due.bytes;
                handle(bytes, field, position + (at - from));
            } else {
                int step = Math.min(due.bytes - partialBytes, end - at);
                System.arraycopy(bytes, at, partial, partialBytes, step);
                partialBytes += step;
                at += step;
                if (partialBytes == due.bytes) {
                    partialBytes = 0;
                    handle(partial, 0, position + (at - from));
                }
            }
        }
        position += length;
        return count;
    }

    /** Where the content of the {@code index}-th page of the last call begins, in bytes from the file's start. */
    public long page(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(index);
        }
        return pages[index];
    }

    /** How many bytes were taken so far. */
    public long position() {
        return position;
    }

    /** Whether no page can come any more: the ram sections are over, or there is something unknown in them. */
    public boolean isOver() {
        return due == Due.NOTHING;
    }

    /**
     * From where on nothing is understood, once {@link #isOver}, in bytes from the file's start: what is there is not to be
     * cut at pages.
     */
    public long opaqueFrom() {
        if (!isOver()) {
            throw new IllegalStateException("everything is understood so far");
        }
        return afterField;
    }

    /** The due field lies at {@code at}; {@code next} is the offset in the file of the byte after it. */
    private void handle(byte[] bytes, int at, long next) {
        afterField = next;
        switch (due) {
            case LIBVIRT_HEADER ->
                libvirtHeader(ByteBuffer.wrap(bytes, at, due.bytes).slice().order(ByteOrder.LITTLE_ENDIAN));
            case STREAM_MAGIC ->
                go(int32(bytes, at) == QEVM && int32(bytes, at + 4) == STREAM_VERSION ? Due.SECTION : Due.NOTHING);
            case SECTION -> section(bytes[at]);
            case CONFIGURATION_LENGTH -> skip(int32(bytes, at), MOST_NAME_BYTES, Due.SECTION);
            case START_OF_SECTION -> {
                ramId = int32(bytes, at);
                go(!isRamKnown && bytes[at + 4] == 3 ? Due.RAM_START : Due.NOTHING);
            }
            case RAM_START -> {
                isRamKnown = bytes[at] == 'r' && bytes[at + 1] == 'a' && bytes[at + 2] == 'm';
                go(isRamKnown ? Due.RECORD : Due.NOTHING);
            }
            case MORE_OF_SECTION -> go(isRamKnown && int32(bytes, at) == ramId ? Due.RECORD : Due.NOTHING);
            case RECORD -> record(int64(bytes, at), next);
            case BLOCK_NAME_LENGTH -> {
                int name = bytes[at] & 0xff;
                if (recordFlags == FLAG_PAGE) {
                    found(next + name);
                }
                toSkip = name + (recordFlags == FLAG_PAGE ? PAGE_BYTES : 1L);
                go(Due.RECORD);
            }
            case FOOTER -> {
                boolean isOurs = bytes[at] == 0x7e && int32(bytes, at + 1) == ramId;
                go(isOurs && !isInLastRamSection ? Due.SECTION : Due.NOTHING);
            }
            case SIZE_NAME_LENGTH -> skip(bytes[at] & 0xff, MOST_NAME_BYTES, Due.SIZE);
            case SIZE -> {
                long size = int64(bytes, at);
                if (size <= 0 || size > sizesLeft) {
                    go(Due.NOTHING);
                } else {
                    sizesLeft -= size;
                    go(sizesLeft > 0 ? Due.SIZE_NAME_LENGTH : Due.RECORD);
                }
            }
            case NOTHING -> throw new IllegalStateException("nothing is due");
        }
    }

    private void libvirtHeader(ByteBuffer header) {
        byte[] magic = new byte[MAGIC.length()];
        header.get(0, magic);
        String text = new String(magic, StandardCharsets.ISO_8859_1);
        boolean isKnown = (text.equals(MAGIC) || text.equals(UNFINISHED_MAGIC))
                && header.getInt(16) == SaveImageHeader.VERSION
                && header.getInt(28) == 0;
        if (isKnown) {
            skip(header.getInt(20), SaveImageHeader.MOST_DATA_BYTES, Due.STREAM_MAGIC);
        } else {
            go(Due.NOTHING);
        }
    }

    private void section(byte type) {
        isInLastRamSection = type == 0x03;
        go(
                switch (type) {
                    case 0x01 -> Due.START_OF_SECTION;
                    case 0x02, 0x03 -> Due.MORE_OF_SECTION;
                    case 0x07 -> isRamKnown ? Due.NOTHING : Due.CONFIGURATION_LENGTH;
                    default -> Due.NOTHING;
                });
    }

    private void record(long record, long next) {
        int flags = (int) record & 0xfff;
        switch (flags) {
            case PAGE_RECORD_FLAGS -> {
                found(next);
                toSkip = PAGE_BYTES;
            }
            case FILLED_RECORD_FLAGS -> toSkip = 1;
            case FLAG_PAGE, FLAG_FILLED -> {
                recordFlags = flags;
                go(Due.BLOCK_NAME_LENGTH);
            }
            case FLAG_SIZES -> {
                sizesLeft = record - flags;
                go(sizesLeft > 0 ? Due.SIZE_NAME_LENGTH : Due.NOTHING);
            }
            case FLAG_END -> go(Due.FOOTER);
            default -> go(Due.NOTHING);
        }
    }

    private void found(long page) {
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, 2 * count);
        }
        pages[count++] = page;
    }

    private void skip(int bytes, int most, Due then) {
        if (bytes < 0 || bytes > most) {
            go(Due.NOTHING);
        } else {
            toSkip = bytes;
            go(then);
        }
    }

    private void go(Due next) {
        due = next;
    }

    private static int int32(byte[] bytes, int at) {
        return (int) INTS.get(bytes, at);
    }

    private static long int64(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }
}
