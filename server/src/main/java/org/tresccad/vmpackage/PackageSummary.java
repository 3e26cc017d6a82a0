package org.tresccad.vmpackage;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a whole package turned out to hold; exists only once the last byte was written or verified.
 *
 * @param members in the order of the package
 * @param packageBytes of the package itself
 */
public record PackageSummary(Map<Member, Content> members, long packageBytes) {
    /** Copies. */
    public PackageSummary {
        members = Collections.unmodifiableMap(new EnumMap<>(members));
    }

    /** Bytes of all members together, unpacked. */
    public long contentBytes() {
        return members.values().stream().mapToLong(Content::sizeBytes).sum();
    }

    /**
     * One member.
     *
     * @param sizeBytes unpacked
     * @param parts how many parts it came in
     * @param treeSha256 SHA-256 over its parts' SHA-256 digests in binary; lower-case hexadecimal
     */
    public record Content(long sizeBytes, int parts, String treeSha256) {}
}
