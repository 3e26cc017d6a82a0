package org.tresccad.vmpackage;

import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/**
 * Writes packages of {@code docs/package-format.md} to a stream, while their members may still be growing. The calling
 * thread writes; one more thread reads the sources; the workers compress. Safe for any number of packages at a time.
 */
public final class PackageWriter {
    /**
     * 1 MiB: large enough that a part costs little beside its content, small enough that a part of a member that still
     * grows soon goes out and that a changed part is cheap to send again.
     */
    static final int PART_BYTES = 1 << 20;

    /**
     * 2 MiB in packages with references: there, a part that did not change is a hundred bytes in an entry of a
     * kibibyte, so fewer parts are what makes the package small; and several packages at once have to fit into the heap.
     */
    static final int DELTA_PART_BYTES = 1 << 21;

    private final PackageWorkers workers;
    private final PartCodec codec;
    private final int partSize;
    private final int deltaPartSize;

    /** A writer whose parts are compressed by {@code workers}. */
    public PackageWriter(PackageWorkers workers) {
        this(workers, PART_BYTES, DELTA_PART_BYTES);
    }

    PackageWriter(PackageWorkers workers, int partSize) {
        this(workers, partSize, partSize);
    }

    /** Of packages without references, and with. */
    PackageWriter(PackageWorkers workers, int partSize, int deltaPartSize) {
        Checks.that(PackageLayout.isPartSize(deltaPartSize), "not a part size: " + deltaPartSize);
        Checks.that(PackageLayout.isPartSize(partSize), "not a part size: " + partSize);
        this.workers = workers;
        this.partSize = partSize;
        this.codec = new PartCodec(partSize, CompressionLevel.fixed());
        this.deltaPartSize = deltaPartSize;
    }

    /**
     * Writes a whole package and flushes {@code out}, which stays open. When this throws, what was written has no
     * trailer and no reader will take it; the caller must still end the stream as an aborted one. Every source that was
     * opened is closed when this returns. Cancellation ends a wait for a source; a wait in {@code out} is ended by
     * closing that.
     *
     * @param sources one for each member of the manifest
     * @param progress counts plain bytes as they are written
     * @return sizes and digests
     * @throws MemberFailed when a source cannot be read
     * @throws IOException when {@code out} fails
     * @throws org.tresccad.job.Cancelled when that was asked, or the thread was interrupted
     */
    public PackageSummary write(
            Manifest manifest,
            Map<Member, MemberSource> sources,
            OutputStream out,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        if (!manifest.references().isEmpty()) {
            throw new IllegalArgumentException("without an index, nothing can be given relative to references");
        }
        return write(manifest, sources, Optional.empty(), out, progress, cancellation);
    }

    /**
     * As {@link #write(Manifest, Map, OutputStream, Progress, Cancellation)}, but a part of which some blocks are known
     * is given relative to the manifest's references. Sources are opened one after the other: that of a member, when
     * the members before it have ended.
     *
     * @param known where blocks lie; a reference's number is its place in the manifest's list. Not to be changed during
     *     this call but by what {@link #ahead} made
     */
    public PackageSummary write(
            Manifest manifest,
            Map<Member, MemberSource> sources,
            BlockIndex known,
            OutputStream out,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        return write(
                manifest,
                sources,
                manifest.references().isEmpty() ? Optional.empty() : Optional.of(known),
                out,
                progress,
                cancellation);
    }

    /**
     * The source of {@link Member#AHEAD} for a package with that manifest, which refers to it.
     *
     * @param known what need not be sent; learns what is
     */
    public AheadBlocks ahead(Manifest manifest, BlockIndex known, PackageLimits limits) {
        int number = manifest.references().indexOf(new Reference.Ahead());
        Checks.that(number >= 0, "the manifest does not refer to what goes ahead");
        return new AheadBlocks(known, number, deltaPartSize, limits.bytesFor(Member.AHEAD, manifest));
    }

    private PackageSummary write(
            Manifest manifest,
            Map<Member, MemberSource> sources,
            Optional<BlockIndex> known,
            OutputStream out,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        if (!sources.keySet().equals(manifest.members())) {
            throw new IllegalArgumentException(
                    "sources for " + sources.keySet() + ", but the manifest announces " + manifest.members());
        }
        try {
            return writeAll(manifest, new EnumMap<>(sources), known, out, progress, cancellation);
        } catch (Throwable e) {
            sources.values().forEach(MemberSource::abandon);
            throw e;
        }
    }

    private PackageSummary writeAll(
            Manifest manifest,
            Map<Member, MemberSource> inOrder,
            Optional<BlockIndex> known,
            OutputStream out,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        expected(inOrder).ifPresent(progress::expect);
        cancellation.throwIfCancelled();

        TarOutput tar = new TarOutput(out);
        int partBytes = known.isPresent() ? deltaPartSize : partSize;
        byte[] json = ManifestJson.write(manifest, partBytes);
        tar.entry(PackageLayout.MANIFEST, json, json.length);
        Tally tally = new Tally(manifest.members());
        // One reader has those references now; whatever goes to others too has the same bytes each time.
        CompressionLevel level = known.isPresent()
                ? CompressionLevel.adapting(workers.threads(), System::nanoTime)
                : CompressionLevel.fixed();
        PartCodec packing = known.isPresent() ? new PartCodec(partBytes, level) : codec;
        PartLine line = new PartLine(workers, partBytes);
        try (SourceFeed feed = new SourceFeed(
                line, packing, inOrder, known, manifest.references().size())) {
            feed.start(cancellation);
            try {
                parts(line, tar, tally, level, progress, cancellation);
            } catch (Throwable e) {
                line.abort(e);
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            // A cancelled source ends in whatever its stream throws.
            cancellation.throwIfCancelled();
            throw e;
        }
        Map<Member, PackageSummary.Content> contents = tally.contents();
        byte[] trailer = StrictJson.write(TrailerJson.of(Sha256.of(json, json.length), contents));
        tar.entry(PackageLayout.TRAILER, trailer, trailer.length);
        tar.end();
        return new PackageSummary(contents, tar.writtenBytes());
    }

    private static void parts(
            PartLine line,
            TarOutput tar,
            Tally tally,
            CompressionLevel level,
            Progress progress,
            Cancellation cancellation)
            throws IOException {
        while (true) {
            if (!line.hasReady()) {
                // Nothing to do but wait: what the reader could already use must not lie in a buffer meanwhile.
                tar.flush();
            }
            Optional<PartBuffer> next = line.take();
            cancellation.throwIfCancelled();
            if (next.isEmpty()) {
                return;
            }
            PartBuffer part = next.get();
            tar.entry(part.name().entry(), part.packed, part.packedLength);
            level.written(line.isBackedUp());
            tally.add(part.name(), part.plainLength);
            progress.add(part.plainLength);
            line.release(part);
        }
    }

    private static OptionalLong expected(Map<Member, MemberSource> sources) {
        var sizes = sources.values().stream().map(MemberSource::expectedBytes).collect(Collectors.toList());
        return sizes.stream().allMatch(OptionalLong::isPresent)
                ? OptionalLong.of(
                        sizes.stream().mapToLong(OptionalLong::getAsLong).sum())
                : OptionalLong.empty();
    }
}
