package org.tresccad.vmpackage;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** A package of whatever format, of which the description has been read and the members have not. */
public interface VmPackage {
    /** What it says of itself; within the format's limits, but true only once all was extracted. */
    Manifest manifest();

    /** What the disk calls its base image, when it calls it anything but its digest. */
    default Optional<String> backingFile() {
        return Optional.empty();
    }

    /**
     * Reads the members, all of them and once. When it throws, the sinks that were opened are closed, and the caller
     * throws away what is in them; that they are whole, and belong to that manifest, is certain only when this returns.
     *
     * @param sinks one for each member of the manifest
     * @param references one for each of the manifest's; the one for {@link Reference.Ahead} reads what the sink of
     *     {@link Member#AHEAD} wrote
     * @param progress counts plain bytes as the sinks take them
     * @return sizes and digests of the members by which other hosts may know them
     * @throws PackageInvalid when the package is damaged, hostile or incomplete
     * @throws MemberFailed when a sink fails
     * @throws ReferenceFailed when a reference cannot be read, or is not of the size that the manifest says
     * @throws IOException when the package's own data cannot be read
     * @throws org.tresccad.job.Cancelled when that was asked, or the thread was interrupted
     */
    PackageSummary extract(
            Map<Member, MemberSink> sinks,
            Map<Reference, ReferenceSource> references,
            Progress progress,
            Cancellation cancellation)
            throws IOException;
}
