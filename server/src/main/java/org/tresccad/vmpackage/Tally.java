package org.tresccad.vmpackage;

import java.security.MessageDigest;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/** Adds up the parts as they pass. For one thread. */
final class Tally {
    private final Map<Member, Count> counts = new EnumMap<>(Member.class);

    Tally(Collection<Member> members) {
        members.forEach(m -> counts.put(m, new Count()));
    }

    /** Counts one part with {@code length} plain bytes; {@code name}'s member must be one of the announced. */
    void add(PartName name, int length) {
        Count count = counts.get(name.member());
        if (count == null) {
            throw new IllegalArgumentException("a part of a member that was not announced: " + name.member());
        }
        count.sizeBytes += length;
        count.parts++;
        count.tree.update(HexFormat.of().parseHex(name.sha256()));
    }

    /** Bytes of {@code member} so far. */
    long sizeBytes(Member member) {
        Count count = counts.get(member);
        return count == null ? 0 : count.sizeBytes;
    }

    /** The end; may be asked once. */
    Map<Member, PackageSummary.Content> contents() {
        Map<Member, PackageSummary.Content> contents = new EnumMap<>(Member.class);
        counts.forEach((member, count) -> contents.put(
                member,
                new PackageSummary.Content(
                        count.sizeBytes, count.parts, HexFormat.of().formatHex(count.tree.digest()))));
        return contents;
    }

    private static final class Count {
        private final MessageDigest tree = Sha256.start();
        private long sizeBytes;
        private int parts;
    }
}
