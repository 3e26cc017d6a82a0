package org.tresccad.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A save image as libvirt and QEMU 7.2 write it, of a guest whose memory is a list of pages. */
public final class TestingSaveImage {
    private static final int PAGE = 4096;
    private static final int RAM_ID = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Long> pageOffsets = new ArrayList<>();

    private TestingSaveImage() {}

    /** {@code sectionPages} records in each section; the devices' state at the end is {@code devices}. */
    public static TestingSaveImage of(List<byte[]> memory, int sectionPages, byte[] devices) {
        return of("<domain type='qemu'/>", memory, sectionPages, devices);
    }

    /** As the other one, with {@code xml} in libvirt's header: all that follows moves by its length. */
    public static TestingSaveImage of(String xml, List<byte[]> memory, int sectionPages, byte[] devices) {
        TestingSaveImage image = new TestingSaveImage();
        image.header(xml);
        image.setup(memory.size());
        for (int from = 0; from < memory.size(); from += sectionPages) {
            int to = Math.min(memory.size(), from + sectionPages);
            image.section(to == memory.size() ? 3 : 2, memory, from, to);
        }
        image.out.writeBytes(devices);
        return image;
    }

    /** The file. */
    public byte[] bytes() {
        return out.toByteArray();
    }

    /** Where the content of each page that is not filled with one byte begins. */
    public List<Long> pageOffsets() {
        return List.copyOf(pageOffsets);
    }

    private void header(String xml) {
        byte[] data = Arrays.copyOf(xml.getBytes(StandardCharsets.UTF_8), xml.length() + 1000);
        ByteBuffer header = ByteBuffer.allocate(92).order(ByteOrder.LITTLE_ENDIAN);
        header.put("LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII))
                .putInt(2)
                .putInt(data.length)
                .putInt(1);
        out.writeBytes(header.array());
        out.writeBytes(data);
    }

    private void setup(int pages) {
        out.writeBytes("QEVM".getBytes(StandardCharsets.US_ASCII));
        int32(3);
        out.write(7);
        int32(13);
        out.writeBytes("pc-i440fx-7.2".getBytes(StandardCharsets.US_ASCII));
        out.write(1);
        int32(RAM_ID);
        name("ram");
        int32(0);
        int32(4);
        long video = 65536;
        int64(((long) pages * PAGE + video) | 0x04);
        name("pc.ram");
        int64((long) pages * PAGE);
        name("0000:00:02.0/vga.vram");
        int64(video);
        int64(0x10);
        footer();
    }

    private void section(int type, List<byte[]> memory, int from, int to) {
        out.write(type);
        int32(RAM_ID);
        for (int i = from; i < to; i++) {
            byte[] page = memory.get(i);
            boolean isFilled = Arrays.mismatch(page, 0, PAGE - 1, page, 1, PAGE) < 0;
            int64(((long) i * PAGE) | (isFilled ? 0x02 : 0x08) | (i == from ? 0 : 0x20));
            if (i == from) {
                name("pc.ram");
            }
            if (isFilled) {
                out.write(page[0]);
            } else {
                pageOffsets.add((long) out.size());
                out.writeBytes(page);
            }
        }
        int64(0x10);
        footer();
    }

    private void footer() {
        out.write(0x7e);
        int32(RAM_ID);
    }

    private void name(String name) {
        out.write(name.length());
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    }

    private void int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
    }

    private void int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
    }
}
