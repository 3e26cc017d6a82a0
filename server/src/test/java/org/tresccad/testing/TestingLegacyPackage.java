package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/** A package as the prototype of 2014 made it, of a small guest; each change of it gives another. */
public final class TestingLegacyPackage {
    /** Guest-visible size of its disk. */
    public static final long DISK_BYTES = 1 << 20;

    private static final int PADDING_BYTES = 1000;

    private final Map<String, byte[]> entries;

    private TestingLegacyPackage(Map<String, byte[]> entries) {
        this.entries = entries;
    }

    /** Of a running guest with 128 MiB and a kernel of its own, whose disk calls its base {@code base}. */
    public static TestingLegacyPackage on(String base) {
        return new TestingLegacyPackage(new LinkedHashMap<>())
                .with("disk", qcow2(Optional.of(base)))
                .with("kernel", text("a kernel"))
                .with("ramdisk", text("a ramdisk"))
                .with("snapshot", saveImage(xml()))
                .with("libvirt.xml", text("<domain type='kvm'/>"));
    }

    /** With another entry, or another content of one. */
    public TestingLegacyPackage with(String name, byte[] content) {
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        changed.put(name, content);
        return new TestingLegacyPackage(changed);
    }

    /** Without an entry. */
    public TestingLegacyPackage without(String name) {
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        changed.remove(name);
        return new TestingLegacyPackage(changed);
    }

    /** With a save image that has this XML. */
    public TestingLegacyPackage saying(String xml) {
        return with("snapshot", saveImage(xml));
    }

    /** What an entry holds. */
    public byte[] content(String name) {
        return entries.getOrDefault(name, new byte[0]).clone();
    }

    /** The zip file. */
    public byte[] bytes() {
        return bytes(entry -> {});
    }

    /** The zip file, its entries changed by {@code change} before they are written. */
    public byte[] bytes(Consumer<ZipArchiveEntry> change) {
        try (SeekableInMemoryByteChannel channel = new SeekableInMemoryByteChannel()) {
            try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(channel)) {
                for (Map.Entry<String, byte[]> each : entries.entrySet()) {
                    ZipArchiveEntry entry = new ZipArchiveEntry(each.getKey());
                    change.accept(entry);
                    zip.putArchiveEntry(entry);
                    zip.write(each.getValue());
                    zip.closeArchiveEntry();
                }
            }
            return Arrays.copyOf(channel.array(), (int) channel.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The domain of the guest in it, as libvirt describes one that our template made. */
    public static String xml() {
        return """
                <domain type='qemu'>
                  <name>instance-0000002a</name>
                  <memory unit='KiB'>131072</memory>
                  <currentMemory unit='KiB'>131072</currentMemory>
                  <vcpu placement='static'>1</vcpu>
                  <os>
                    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
                    <kernel>/opt/stack/data/nova/instances/kernel</kernel>
                    <initrd>/opt/stack/data/nova/instances/ramdisk</initrd>
                    <cmdline>console=ttyS0</cmdline>
                  </os>
                  <cpu mode='custom' match='exact' check='full'>
                    <model fallback='forbid'>qemu64</model>
                    <feature policy='require' name='hypervisor'/>
                  </cpu>
                  <devices>
                    <emulator>/usr/bin/qemu-system-x86_64</emulator>
                    <disk type='file' device='disk'>
                      <source file='/opt/stack/data/nova/instances/disk'/>
                      <target dev='vda' bus='virtio'/>
                      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
                    </disk>
                    <controller type='usb' index='0' model='none'/>
                    <controller type='pci' index='0' model='pci-root'/>
                    <controller type='virtio-serial' index='0'>
                      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
                    </controller>
                    <interface type='bridge'>
                      <mac address='52:54:00:12:34:56'/>
                      <model type='virtio'/>
                      <filterref filter='nova-base'><parameter name='IP' value='10.1.2.3'/></filterref>
                      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
                    </interface>
                    <serial type='pty'><target type='isa-serial' port='0'/></serial>
                    <memballoon model='virtio'>
                      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
                    </memballoon>
                    <rng model='virtio'>
                      <address type='pci' domain='0x0000' bus='0x00' slot='0x06' function='0x0'/>
                    </rng>
                  </devices>
                </domain>
                """;
    }

    /** A save image of a running guest that has written its memory seven times. */
    public static byte[] saveImage(String xml) {
        byte[] data = text(xml);
        ByteBuffer image = ByteBuffer.allocate(92 + data.length + PADDING_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        image.put(text("LibvirtQemudSave"))
                .putInt(2)
                .putInt(data.length + PADDING_BYTES)
                .putInt(1);
        image.put(92, data);
        byte[] stream = text(TestingHypervisor.WRITES + "7");
        byte[] whole = Arrays.copyOf(image.array(), image.capacity() + stream.length);
        System.arraycopy(stream, 0, whole, image.capacity(), stream.length);
        return whole;
    }

    /** The header of a qcow2 file of version 2, and nothing after it. */
    public static byte[] qcow2(Optional<String> backing) {
        byte[] name = text(backing.orElse(""));
        ByteBuffer header = ByteBuffer.allocate(512);
        header.putInt(0x514649fb)
                .putInt(2)
                .putLong(backing.isPresent() ? 200 : 0)
                .putInt(name.length)
                .putInt(16)
                .putLong(DISK_BYTES);
        header.put(200, name);
        return header.array();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
