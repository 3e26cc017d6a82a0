package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/**
 * Reads one package of {@code docs/package-format.md} from a stream, believing nothing: the manifest first, on opening;
 * the members when asked. The calling thread reads the stream, which stays the caller's to close; one more thread
 * writes the sinks; the workers decompress and verify. For one thread, and for one extraction.
 */
public final class PackageReader implements VmPackage {
    private final TarInput tar;
    private final PackageLimits limits;
    private final PackageWorkers workers;
    private final ManifestJson json;
    private final String manifestSha256;
    private final Manifest manifest;
    private boolean isUsed;

    private PackageReader(TarInput tar, byte[] manifestBytes, PackageLimits limits, PackageWorkers workers) {
        this.tar = tar;
        this.limits = limits;
        this.workers = workers;
        this.json = ManifestJson.read(manifestBytes);
        this.manifestSha256 = Sha256.of(manifestBytes, manifestBytes.length);
        this.manifest = json.toManifest();
    }

    /**
     * Reads the manifest and not a byte more.
     *
     * @throws PackageInvalid when the stream does not begin with the manifest of a package that this version reads
     * @throws IOException when {@code in} fails
     */
    public static PackageReader open(InputStream in, PackageLimits limits, PackageWorkers workers) throws IOException {
        TarInput tar = new TarInput(in, PackageLayout.MANIFEST);
        return new PackageReader(tar, firstEntry(tar), limits, workers);
    }

    private static byte[] firstEntry(TarInput tar) throws IOException {
        TarHeader header;
        try {
            header = tar.next().orElseThrow(() -> new PackageInvalid(PackageLayout.MANIFEST, "the archive is empty"));
        } catch (PackageInvalid e) {
            ForeignFormat.refuse(tar.lastBlock());
            throw new PackageInvalid("the file", "does not begin as a package does: " + e.reason(), e);
        }
        if (!header.name().equals(PackageLayout.MANIFEST)) {
            throw new PackageInvalid(header.name(), "the first entry must be " + PackageLayout.MANIFEST);
        }
        return small(tar, header, PackageLayout.MAX_MANIFEST_BYTES);
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    /** The most bytes that {@code member} can turn out to have. */
    public long mostBytes(Member member) {
        return limits.bytesFor(member, manifest);
    }

    /**
     * Reads the rest of the package to the end of the stream. Parts reach the sinks only after their digest was
     * checked; that they are all there, and belong to that manifest, is certain only when this returns. When it throws,
     * the sinks that were opened are closed, and the caller throws away what is in them. Cancellation
     * and a failed sink are noticed with the next part; a wait for the stream is ended by closing that.
     *
     * @param sinks one for each member of the manifest
     * @param progress counts plain bytes as the sinks take them
     * @return sizes and digests
     * @throws PackageInvalid when the package is damaged, hostile or incomplete
     * @throws MemberFailed when a sink fails
     * @throws IOException when the stream fails
     * @throws org.tresccad.job.Cancelled when that was asked, or the thread was interrupted
     */
    public PackageSummary extract(Map<Member, MemberSink> sinks, Progress progress, Cancellation cancellation)
            throws IOException {
        if (!manifest.references().isEmpty()) {
            throw new PackageInvalid(PackageLayout.MANIFEST, "is relative to content that is not given here");
        }
        return extract(sinks, Map.of(), progress, cancellation);
    }

    /** As {@link VmPackage#extract}; parts reach the sinks only after their digest was checked. */
    @Override
    public PackageSummary extract(
            Map<Member, MemberSink> sinks,
            Map<Reference, ReferenceSource> references,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        if (!sinks.keySet().equals(manifest.members())) {
            throw new IllegalArgumentException(
                    "sinks for " + sinks.keySet() + ", but the manifest announces " + manifest.members());
        }
        if (!references.keySet().equals(Set.copyOf(manifest.references()))) {
            throw new IllegalArgumentException(
                    "sources for " + references.keySet() + ", but the manifest refers to " + manifest.references());
        }
        if (isUsed) {
            throw new IllegalStateException("a package can be extracted once from a stream");
        }
        isUsed = true;
        try (OpenReferences open = new OpenReferences(manifest.references(), references)) {
            return extract(sinks, open, progress, cancellation);
        }
    }

    private PackageSummary extract(
            Map<Member, MemberSink> sinks, OpenReferences references, Progress progress, Cancellation cancellation)
            throws IOException {
        PartLine line = new PartLine(workers, json.partSize());
        SinkDrain drain = SinkDrain.start(line, new EnumMap<>(sinks), progress, cancellation);
        try {
            Tally tally = new Tally(manifest.members());
            TarHeader trailer = parts(line, drain, tally, references, cancellation);
            byte[] trailerBytes = small(tar, trailer, PackageLayout.MAX_TRAILER_BYTES);
            Map<Member, PackageSummary.Content> contents = tally.contents();
            TrailerJson.read(trailerBytes).verify(TrailerJson.of(manifestSha256, contents));
            expectEnd();
            line.finish();
            drain.join();
            line.throwIfBroken();
            return new PackageSummary(contents, tar.consumedBytes());
        } catch (IOException | RuntimeException | Error e) {
            line.fail(e);
            drain.join();
            // A cancelled stream ends in whatever closing it makes it throw.
            cancellation.throwIfCancelled();
            throw e;
        }
    }

    /** Reads all parts and returns the header that comes after them, which is the trailer's. */
    private TarHeader parts(
            PartLine line, SinkDrain drain, Tally tally, OpenReferences references, Cancellation cancellation)
            throws IOException {
        boolean isAheadDue = manifest.members().contains(Member.AHEAD);
        PartSequence sequence = new PartSequence(manifest, limits, json.partSize());
        while (true) {
            cancellation.throwIfCancelled();
            TarHeader header = tar.next()
                    .orElseThrow(() -> new PackageInvalid(PackageLayout.TRAILER, "the archive ends without it"));
            if (header.name().equals(PackageLayout.TRAILER)) {
                return header;
            }
            PartName name = PartName.parse(header.name())
                    .orElseThrow(() -> new PackageInvalid(header.name(), "no entry of a package has such a name"));
            sequence.expect(name);
            if (isAheadDue && name.member() != Member.AHEAD) {
                // From here on parts may refer to it, so it has to be there as a whole.
                line.endMember(line.acquire(), Member.AHEAD);
                drain.awaitAhead();
                references.aheadHolds(tally.sizeBytes(Member.AHEAD));
                isAheadDue = false;
            }
            PartBuffer buffer = line.acquire();
            if (header.sizeBytes() > buffer.packed.length) {
                throw new PackageInvalid(
                        header.name(), header.sizeBytes() + " bytes are too many for a part of " + json.partSize());
            }
            tar.content(header, buffer.packed);
            buffer.name(name);
            buffer.packedLength = (int) header.sizeBytes();
            buffer.plainLength = name.isDelta()
                    ? PartCodec.statedDeltaSize(header.name(), buffer.packed, buffer.packedLength, json.partSize())
                    : PartCodec.statedSize(header.name(), buffer.packed, 0, buffer.packedLength, json.partSize());
            sequence.add(name, buffer.plainLength);
            tally.add(name, buffer.plainLength);
            line.submit(buffer, name.isDelta() ? b -> PartCodec.expand(b, references) : PartCodec::unpack);
        }
    }

    private void expectEnd() throws IOException {
        Optional<TarHeader> more = tar.next();
        if (more.isPresent()) {
            throw new PackageInvalid(more.get().name(), "comes after the trailer");
        }
    }

    private static byte[] small(TarInput tar, TarHeader header, int most) throws IOException {
        if (header.sizeBytes() > most) {
            throw new PackageInvalid(header.name(), "is larger than " + most + " bytes");
        }
        byte[] content = new byte[(int) header.sizeBytes()];
        tar.content(header, content);
        return content;
    }
}
