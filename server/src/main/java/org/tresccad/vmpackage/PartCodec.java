package org.tresccad.vmpackage;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Packs and unpacks single parts: one zstd frame each (RFC 8878) that states its content's size, without dictionary and
 * without a checksum of zstd's own, since the SHA-256 in the name says more. Safe for any number of threads.
 */
final class PartCodec {
    private static final int FEW_BYTES = 1 << 18;
    private static final int LEVEL_OF_FEW = 6;

    private final CompressionLevel level;
    private final byte[] zeroFrame;
    private final String zeroSha256;

    PartCodec(int partSize, CompressionLevel level) {
        this.level = level;
        byte[] zero = new byte[partSize];
        byte[] packed = new byte[PackageLayout.maxPackedBytes(partSize)];
        this.zeroFrame = Arrays.copyOf(packed, compress(zero, partSize, packed, 0, level.level()));
        this.zeroSha256 = Sha256.of(zero, partSize);
    }

    /** Compresses and names the {@code index}-th part of {@code member} in {@code buffer}. */
    void pack(PartBuffer buffer, Member member, int index) {
        long began = System.nanoTime();
        packWhole(buffer, member, index);
        level.packed(System.nanoTime() - began);
    }

    private void packWhole(PartBuffer buffer, Member member, int index) {
        String sha256;
        if (buffer.plainLength == buffer.plain.length && isZero(buffer)) {
            // Sparse disks are mostly this one part.
            System.arraycopy(zeroFrame, 0, buffer.packed, 0, zeroFrame.length);
            buffer.packedLength = zeroFrame.length;
            sha256 = zeroSha256;
        } else {
            buffer.packedLength = compress(buffer.plain, buffer.plainLength, buffer.packed, 0, level.level());
            sha256 = Sha256.of(buffer.plain, buffer.plainLength);
        }
        buffer.name(new PartName(member, index, sha256));
    }

    /**
     * As {@link #pack}, relative to the package's first {@code references} references where blocks of the part are in
     * {@code index}. Whether it pays is judged before compression: a block that need not be sent nearly always does.
     */
    void packRelative(PartBuffer buffer, Member member, int index, BlockIndex blocks, int references) {
        long began = System.nanoTime();
        Optional<InstructionWriter> delta =
                isZero(buffer) ? Optional.empty() : DeltaEncoder.encode(blocks, references, buffer);
        delta.ifPresentOrElse(
                instructions -> packInstructions(buffer, member, index, instructions),
                () -> packWhole(buffer, member, index));
        level.packed(System.nanoTime() - began);
    }

    private void packInstructions(PartBuffer buffer, Member member, int index, InstructionWriter instructions) {
        // A guest may stand still until these few bytes are there, and they are few enough to take the time.
        int usual = level.level();
        int better = instructions.length() <= FEW_BYTES ? Math.max(LEVEL_OF_FEW, usual) : usual;
        ByteBuffer.wrap(buffer.packed).putInt(buffer.plainLength);
        buffer.packedLength = DeltaLayout.SIZE_BYTES
                + compress(instructions.bytes(), instructions.length(), buffer.packed, DeltaLayout.SIZE_BYTES, better);
        buffer.name(new PartName(member, index, Sha256.of(buffer.plain, buffer.plainLength), true));
    }

    private static int compress(byte[] plain, int length, byte[] packed, int at, int level) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(level);
            context.setContentSize(true);
            context.setChecksum(false);
            return context.compressByteArray(packed, at, packed.length - at, plain, 0, length);
        }
    }

    private static boolean isZero(PartBuffer buffer) {
        return BlockIndex.isZero(buffer.plain, 0, buffer.plainLength);
    }

    /**
     * The plain size that the frame in {@code packed}, from {@code at} on, states.
     *
     * @throws PackageInvalid unless it is one zstd frame with a stated size from 1 to {@code most}
     */
    static int statedSize(String entry, byte[] packed, int at, int length, int most) {
        // Little-endian 0xFD2FB528; skippable and legacy frames begin otherwise.
        boolean isFrame = length > 4
                && packed[at] == 0x28
                && packed[at + 1] == (byte) 0xb5
                && packed[at + 2] == 0x2f
                && packed[at + 3] == (byte) 0xfd;
        long size;
        try {
            isFrame = isFrame && Zstd.findFrameCompressedSize(packed, at, length) == length;
            size = isFrame ? Zstd.getFrameContentSize(packed, at, length) : 0;
        } catch (ZstdException e) {
            throw new PackageInvalid(entry, "is not exactly one zstd frame", e);
        }
        if (!isFrame) {
            throw new PackageInvalid(entry, "is not exactly one zstd frame");
        }
        if (size < 1 || size > most) {
            throw new PackageInvalid(entry, "its zstd frame does not state a content of 1 to " + most + " bytes");
        }
        return (int) size;
    }

    /**
     * Decompresses {@code buffer}, whose plain length is what the frame stated; never writes past it.
     *
     * @throws PackageInvalid when the frame is damaged or its content is not what the name says
     */
    static void unpack(PartBuffer buffer) {
        String entry = buffer.name().entry();
        decompress(entry, buffer.packed, 0, buffer.packedLength, buffer.plain, buffer.plainLength);
        verify(entry, buffer);
    }

    /**
     * The plain size that a part relative to references states, in front of its frame.
     *
     * @throws PackageInvalid unless it is from 1 to {@code most}
     */
    static int statedDeltaSize(String entry, byte[] packed, int length, int most) {
        int size = length < DeltaLayout.SIZE_BYTES ? 0 : ByteBuffer.wrap(packed).getInt();
        if (size < 1 || size > most) {
            throw new PackageInvalid(entry, "does not state a content of 1 to " + most + " bytes");
        }
        return size;
    }

    /**
     * Makes the plain content of a part relative to references.
     *
     * @throws PackageInvalid when the frame is damaged, an instruction wrong, or the content not what the name says
     * @throws ReferenceFailed when a reference cannot be read here
     */
    static void expand(PartBuffer buffer, OpenReferences references) throws IOException {
        String entry = buffer.name().entry();
        int at = DeltaLayout.SIZE_BYTES;
        int length = buffer.packedLength - at;
        byte[] instructions = new byte[statedSize(entry, buffer.packed, at, length, buffer.plain.length)];
        decompress(entry, buffer.packed, at, length, instructions, instructions.length);
        DeltaExpander.expand(entry, instructions, buffer.plain, buffer.plainLength, references);
        verify(entry, buffer);
    }

    private static void decompress(String entry, byte[] packed, int at, int length, byte[] plain, int plainLength) {
        long got;
        try {
            got = Zstd.decompressByteArray(plain, 0, plainLength, packed, at, length);
        } catch (ZstdException e) {
            throw new PackageInvalid(entry, "its zstd frame is damaged", e);
        }
        if (Zstd.isError(got) || got != plainLength) {
            throw new PackageInvalid(entry, "its zstd frame is damaged");
        }
    }

    private static void verify(String entry, PartBuffer buffer) {
        if (!Sha256.of(buffer.plain, buffer.plainLength).equals(buffer.name().sha256())) {
            throw new PackageInvalid(entry, "its content is not what its digest says");
        }
    }
}
