package org.tresccad.vmpackage;

import java.io.IOException;

/**
 * A sink that also notes in an index which blocks it takes and where they lie, so that this host knows, when the
 * instance leaves again, what the place it came from has of it.
 */
public final class IndexingSink implements MemberSink {
    private final Member member;
    private final MemberSink sink;
    private final BlockIndex index;
    private final int reference;

    /**
     * Passes everything on to {@code sink}, and adds the blocks to {@code index}, which nobody else may use until the
     * extraction has ended.
     *
     * @param member whose content it is; says how it is cut
     * @param reference the number to note with each block
     */
    public IndexingSink(Member member, MemberSink sink, BlockIndex index, int reference) {
        this.member = member;
        this.sink = sink;
        this.index = index;
        this.reference = reference;
    }

    @Override
    public Target open() throws IOException {
        Target target = sink.open();
        BlockCutter cutter = new BlockCutter(
                BlockCutter.Cut.of(member),
                (bytes, at, length, offset) -> index.add(bytes, at, length, reference, offset));
        return new Target() {
            @Override
            public void write(byte[] bytes, int length) throws IOException {
                target.write(bytes, length);
                cutter.accept(bytes, length);
            }

            @Override
            public void complete() throws IOException {
                cutter.end();
                target.complete();
            }

            @Override
            public void close() throws IOException {
                target.close();
            }
        };
    }
}
