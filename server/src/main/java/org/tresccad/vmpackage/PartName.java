package org.tresccad.vmpackage;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The entry name of one part, {@code snapshot.00000017.<sha256>.zst} or {@code .delta}: which slice of which member, and the digest of
 * its plain content, by which it can be checked, stored and recognized on its own.
 *
 * @param index from 0
 * @param isDelta whether the entry holds instructions and not the content itself
 * @param sha256 of the plain content, lower-case hexadecimal
 */
record PartName(Member member, int index, String sha256, boolean isDelta) {
    private static final Pattern FORM = Pattern.compile("("
            + Arrays.stream(Member.values())
                    .map(m -> Pattern.quote(m.fileName()))
                    .collect(Collectors.joining("|"))
            + ")\\.([0-9]{8})\\.([0-9a-f]{64})\\.(zst|delta)");

    /** A part that is given whole. */
    PartName(Member member, int index, String sha256) {
        this(member, index, sha256, false);
    }

    /** The part that an entry of that name holds, if the name is a part's. */
    static Optional<PartName> parse(String entry) {
        Matcher matcher = FORM.matcher(entry);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Member.parse(matcher.group(1))
                .map(m -> new PartName(
                        m,
                        Integer.parseInt(matcher.group(2)),
                        matcher.group(3),
                        matcher.group(4).equals("delta")));
    }

    /** The name in the archive. */
    String entry() {
        return String.format(Locale.ROOT, "%s.%08d.%s.%s", member.fileName(), index, sha256, isDelta ? "delta" : "zst");
    }
}
