package org.tresccad.vmpackage;

import java.util.Optional;

/**
 * Which part may come next: members in their order, each only if announced, their parts numbered without a gap, all of
 * full size but a member's last, and no member larger than it may be.
 */
final class PartSequence {
    private final Manifest manifest;
    private final PackageLimits limits;
    private final int partSize;
    private Optional<Member> current = Optional.empty();
    private int nextIndex;
    private long memberBytes;
    private boolean isMemberOver;

    PartSequence(Manifest manifest, PackageLimits limits, int partSize) {
        this.manifest = manifest;
        this.limits = limits;
        this.partSize = partSize;
    }

    /** Checks that {@code part} may come now. */
    void expect(PartName part) {
        check(part, manifest.members().contains(part.member()), "the manifest does not announce this member");
        boolean mayBeDelta = !manifest.references().isEmpty() && part.member() != Member.AHEAD;
        check(part, mayBeDelta || !part.isDelta(), "must be given whole");
        if (isOf(part.member())) {
            check(part, part.index() == nextIndex, "the part with the number " + nextIndex + " is due");
            check(part, !isMemberOver, "comes after the member's last part");
        } else {
            boolean isLater = current.isEmpty() || part.member().compareTo(current.get()) > 0;
            check(part, isLater, "this member comes too late");
            check(part, part.index() == 0, "the first part must have the number 0");
        }
    }

    /** Counts {@code part}, which was expected and states {@code plainBytes}. */
    void add(PartName part, int plainBytes) {
        if (!isOf(part.member())) {
            current = Optional.of(part.member());
            memberBytes = 0;
        }
        nextIndex = part.index() + 1;
        memberBytes += plainBytes;
        isMemberOver = plainBytes < partSize;
        long most = limits.bytesFor(part.member(), manifest);
        check(part, memberBytes <= most, "this member is larger than the " + most + " bytes it may have");
    }

    private boolean isOf(Member member) {
        return current.isPresent() && current.get() == member;
    }

    private static void check(PartName part, boolean holds, String otherwise) {
        if (!holds) {
            throw new PackageInvalid(part.entry(), otherwise);
        }
    }
}
