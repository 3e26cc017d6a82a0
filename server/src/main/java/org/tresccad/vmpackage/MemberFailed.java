package org.tresccad.vmpackage;

import java.io.IOException;

/**
 * A member's source could not be read or its sink not written: the trouble is on this host and not in the package's
 * stream, whose own failures are plain {@link IOException}s.
 */
public final class MemberFailed extends IOException {
    private static final long serialVersionUID = 1L;

    private final Member member;

    /** {@code cause} is what the file system said. */
    public MemberFailed(Member member, IOException cause) {
        super(member.fileName() + ": " + cause.getMessage(), cause);
        this.member = member;
    }

    /** Whose file it was. */
    public Member member() {
        return member;
    }
}
