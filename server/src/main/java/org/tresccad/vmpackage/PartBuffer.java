package org.tresccad.vmpackage;

import java.util.Optional;

/** Room for one part on its way, plain and packed. Belongs to one thread at a time; {@link PartLine} hands it on. */
final class PartBuffer {
    final byte[] plain;
    final byte[] packed;
    /** Only while a part is written. */
    final PartBlocks blocks;

    int plainLength;
    int packedLength;
    /** Whether it holds nothing and only says that its member is over. */
    boolean isEndOfMember;

    private Optional<PartName> name = Optional.empty();

    PartBuffer(int partSize) {
        plain = new byte[partSize];
        packed = new byte[PackageLayout.maxPackedBytes(partSize)];
        blocks = new PartBlocks(partSize);
    }

    void name(PartName is) {
        name = Optional.of(is);
    }

    PartName name() {
        return name.orElseThrow(() -> new IllegalStateException("a part without a name"));
    }
}
