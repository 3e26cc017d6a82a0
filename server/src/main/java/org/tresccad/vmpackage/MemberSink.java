package org.tresccad.vmpackage;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Where a member's content goes. Opened once per extraction, also when the member is empty. */
@FunctionalInterface
public interface MemberSink {
    /** Begins; whatever {@link Target} returns is closed by the reader. */
    Target open() throws IOException;

    /** A member on its way in. All calls come from one thread of the reader's. */
    interface Target extends Closeable {
        /** Takes the next {@code length} bytes of {@code bytes}, which belong to the reader again afterwards. */
        void write(byte[] bytes, int length) throws IOException;

        /** The member is whole, every part of it verified; not called when it is not. Close follows. */
        void complete() throws IOException;
    }

    /** Whether a file's content is forced to the disk before the member counts as received. */
    enum Durability {
        /** Left to the system: for what is useless after a crash anyway. */
        CACHED,
        /** fsync on completion. */
        SYNCED
    }

    /**
     * A new file of mode 0600 at {@code path}, which must not exist (not even as a link). Runs of 64 KiB zeros become
     * holes. The file stays, incomplete, when the extraction fails: the caller deletes it.
     */
    static MemberSink file(Path path, Durability durability) {
        return () -> SparseFile.create(path, durability);
    }

    /**
     * As {@link #file}, over a file of the caller's that is there and may be open elsewhere: what it held is gone once
     * this is opened, and it stays the same file.
     */
    static MemberSink over(Path path, Durability durability) {
        return () -> SparseFile.over(path, durability);
    }

    /** A stream of the caller's, which stays open; flushed on completion. */
    static MemberSink stream(OutputStream out) {
        return () -> new Target() {
            @Override
            public void write(byte[] bytes, int length) throws IOException {
                out.write(bytes, 0, length);
            }

            @Override
            public void complete() throws IOException {
                out.flush();
            }

            @Override
            public void close() {}
        };
    }

    /** For who wants to verify a package and keep nothing of that member. */
    static MemberSink discard() {
        return stream(OutputStream.nullOutputStream());
    }
}
