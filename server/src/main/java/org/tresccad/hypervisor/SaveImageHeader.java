package org.tresccad.hypervisor;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * The start of a libvirt save image: what comes before QEMU's stream. Little-endian as every host of ours:
 *
 * <pre>
 *  0  16 bytes  "LibvirtQemudSave"; "LibvirtQemudPart" while it is being written
 * 16  u32       version, 2
 * 20  u32       data_len: bytes from offset 92 to QEMU's stream
 * 24  u32       was_running
 * 28  u32       compressed: 0 is raw
 * 32  u32       offset of the cookie, counted from the XML's start; 0 is none
 * 36  14 u32    unused
 * 92  data_len  domain XML, NUL, cookie XML, zeros
 * </pre>
 *
 * <p>libvirt pads the data by 64 KiB so that the XML can be replaced by a longer one. The cookie repeats the CPU that
 * QEMU really made, for libvirt's own check; we pin that CPU in the XML instead ({@link SavedHardware#cpu}) and drop the
 * cookie, which came from where the file came from.
 *
 * @see <a href="https://gitlab.com/libvirt/libvirt/-/blob/v9.0.0/src/qemu/qemu_saveimage.h">libvirt:
 *     qemu_saveimage.h</a>
 */
public final class SaveImageHeader {
    static final byte[] MAGIC = "LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 2;
    private static final int HEADER_BYTES = 92;
    private static final int WAS_RUNNING_AT = 24;
    /** libvirt's padding and, by far, more XML than a domain of ours has. */
    static final int MOST_DATA_BYTES = 1024 * 1024;

    private final ByteBuffer header;
    private final byte[] data;

    private SaveImageHeader(ByteBuffer header, byte[] data) {
        this.header = header;
        this.data = data;
    }

    /**
     * Reads and checks the header of {@code file}.
     *
     * @throws TresccadException (INVALID_CONTENT) when it is not a finished, raw save image of a kind we know
     * @throws IOException when the file cannot be read
     */
    public static SaveImageHeader read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel);
        }
    }

    /**
     * As {@link #read(Path)}, from a stream, of which not a byte more is read.
     *
     * @throws IOException when {@code in} fails
     */
    public static SaveImageHeader read(InputStream in) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(whole(in, HEADER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        return new SaveImageHeader(header, whole(in, dataBytes(header)));
    }

    /** Whether the CPUs ran when the guest was saved, as the file has it. */
    public boolean wasRunning() {
        return header.getInt(WAS_RUNNING_AT) != 0;
    }

    /** The domain XML in it, not trusted in any way. */
    public String xml() {
        int end = 0;
        while (end < data.length && data[end] != 0) {
            end++;
        }
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data, 0, end));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new TresccadException(ErrorKind.INVALID_CONTENT, "the memory file's XML is not UTF-8", e);
        }
    }

    /** How many bytes come before QEMU's stream. */
    public long streamOffset() {
        return HEADER_BYTES + (long) data.length;
    }

    /**
     * Replaces the XML in {@code file} in place; QEMU's stream stays where it is. The cookie is dropped. Durable when
     * this returns; cut short by a crash, it can be done again.
     *
     * @throws TresccadException (INVALID_CONTENT) as {@link #read}, or when the file leaves less room for XML than
     *     {@code xml} needs
     * @throws IOException when the file cannot be read or written
     */
    public static void replaceXml(Path file, String xml) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            putXml(channel, xml);
            channel.force(true);
        }
    }

    /** As {@link #replaceXml}, of a file that is of no use after a crash. */
    public static void putXml(Path file, String xml) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            putXml(channel, xml);
        }
    }

    private static void putXml(FileChannel channel, String xml) throws IOException {
        ByteBuffer fresh = ByteBuffer.wrap(read(channel).withXml(xml));
        while (fresh.hasRemaining()) {
            channel.write(fresh, fresh.position());
        }
    }

    /**
     * The header in the first {@code length} bytes of a save image; empty when more of them are needed.
     *
     * @throws TresccadException (INVALID_CONTENT) as {@link #read}
     */
    public static Optional<SaveImageHeader> parse(byte[] start, int length) {
        if (length < HEADER_BYTES) {
            return Optional.empty();
        }
        ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(start, HEADER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        int dataBytes = dataBytes(header);
        return length < HEADER_BYTES + dataBytes
                ? Optional.empty()
                : Optional.of(
                        new SaveImageHeader(header, Arrays.copyOfRange(start, HEADER_BYTES, HEADER_BYTES + dataBytes)));
    }

    /**
     * The same header with {@code xml} in it and without the cookie, of the same length.
     *
     * @throws TresccadException (INVALID_CONTENT) when it leaves less room for XML than {@code xml} needs
     */
    public byte[] withXml(String xml) {
        byte[] text = xml.getBytes(StandardCharsets.UTF_8);
        if (text.length + 1 > data.length) {
            throw invalid("it has room for " + data.length + " bytes of XML, and " + (text.length + 1) + " are needed");
        }
        ByteBuffer fresh = ByteBuffer.allocate(HEADER_BYTES + data.length).order(ByteOrder.LITTLE_ENDIAN);
        fresh.put(MAGIC).putInt(VERSION).putInt(data.length);
        fresh.putInt(header.getInt(WAS_RUNNING_AT)).putInt(0).putInt(0);
        fresh.position(HEADER_BYTES);
        fresh.put(text);
        return fresh.array();
    }

    private static SaveImageHeader read(FileChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, header, 0);
        ByteBuffer data = ByteBuffer.allocate(dataBytes(header));
        fill(channel, data, HEADER_BYTES);
        return new SaveImageHeader(header, data.array());
    }

    /** How many bytes of XML, cookie and padding follow a header that was checked by this. */
    private static int dataBytes(ByteBuffer header) {
        byte[] magic = new byte[MAGIC.length];
        header.get(0, magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw invalid("it is not a finished save image of libvirt's");
        }
        if (header.getInt(16) != VERSION) {
            throw invalid("its version is " + Integer.toUnsignedString(header.getInt(16)) + ", not " + VERSION);
        }
        int length = header.getInt(20);
        if (length < 1 || length > MOST_DATA_BYTES) {
            throw invalid("it claims " + Integer.toUnsignedString(length) + " bytes of XML");
        }
        if (header.getInt(WAS_RUNNING_AT) != 0 && header.getInt(WAS_RUNNING_AT) != 1) {
            throw invalid("it does not say whether its CPUs ran");
        }
        if (header.getInt(28) != 0) {
            throw invalid("it is compressed");
        }
        if (Integer.compareUnsigned(header.getInt(32), length) >= 0) {
            throw invalid("its cookie lies outside");
        }
        return length;
    }

    private static byte[] whole(InputStream in, int bytes) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw cutShort();
        }
        return read;
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw cutShort();
            }
        }
        buffer.clear();
    }

    private static TresccadException cutShort() {
        return new TresccadException(
                ErrorKind.INVALID_CONTENT, "the memory file cannot be used: it is cut short", new EOFException());
    }

    private static TresccadException invalid(String why) {
        return new TresccadException(ErrorKind.INVALID_CONTENT, "the memory file cannot be used: " + why);
    }
}
