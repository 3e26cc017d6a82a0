package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** The members of a {@link LegacyArchive}, to be restored like those of any other package. */
final class LegacyPackage implements VmPackage {
    private static final int BUFFER_BYTES = 1 << 20;

    private final LegacyArchive archive;
    private final Manifest manifest;
    private final Optional<String> backingFile;

    LegacyPackage(LegacyArchive archive, Manifest manifest, Optional<String> backingFile) {
        this.archive = archive;
        this.manifest = manifest;
        this.backingFile = backingFile;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public Optional<String> backingFile() {
        return backingFile;
    }

    /** As {@link VmPackage#extract}; the summary is empty, for no other host knows these members by a digest. */
    @Override
    public PackageSummary extract(
            Map<Member, MemberSink> sinks,
            Map<Reference, ReferenceSource> references,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        if (!sinks.keySet().equals(manifest.members()) || !references.isEmpty()) {
            throw new IllegalArgumentException("sinks for " + sinks.keySet() + ", references " + references.keySet());
        }
        long bytes = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        for (Map.Entry<Member, MemberSink> sink : sinks.entrySet()) {
            Member member = sink.getKey();
            try (InputStream in = member == Member.LIBVIRT_XML ? archive.domainXml() : archive.content(member);
                    Sinking out = new Sinking(member, sink.getValue())) {
                for (int count = read(member, in, buffer, cancellation);
                        count > 0;
                        count = read(member, in, buffer, cancellation)) {
                    cancellation.throwIfCancelled();
                    out.write(buffer, count);
                    progress.add(count);
                    bytes += count;
                }
                out.complete();
            }
        }
        return new PackageSummary(new EnumMap<>(Member.class), bytes);
    }

    private static int read(Member member, InputStream in, byte[] buffer, Cancellation cancellation)
            throws IOException {
        try {
            return in.read(buffer);
        } catch (IOException | RuntimeException e) {
            // A cancelled archive ends in whatever closing it makes it throw.
            cancellation.throwIfCancelled();
            throw LegacyArchive.damaged(member, e);
        }
    }

    /** A sink whose failures are told from the archive's. */
    private static final class Sinking implements AutoCloseable {
        private final Member member;
        private final MemberSink.Target target;

        Sinking(Member member, MemberSink sink) throws MemberFailed {
            this.member = member;
            try {
                this.target = sink.open();
            } catch (IOException e) {
                throw new MemberFailed(member, e);
            }
        }

        void write(byte[] bytes, int length) throws MemberFailed {
            try {
                target.write(bytes, length);
            } catch (IOException e) {
                throw new MemberFailed(member, e);
            }
        }

        void complete() throws MemberFailed {
            try {
                target.complete();
            } catch (IOException e) {
                throw new MemberFailed(member, e);
            }
        }

        @Override
        public void close() throws MemberFailed {
            try {
                target.close();
            } catch (IOException e) {
                throw new MemberFailed(member, e);
            }
        }
    }
}
