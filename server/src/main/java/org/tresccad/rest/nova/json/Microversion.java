package org.tresccad.rest.nova.json;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * A microversion 2.N of the compute API; each changes some shapes.
 *
 * @param minor N
 * @see <a href="https://docs.openstack.org/nova/latest/reference/api-microversion-history.html">Nova: REST API Version
 *     History</a>
 */
public record Microversion(int minor) {
    /** The oldest one, and what a request without a header gets. */
    public static final Microversion OLDEST = new Microversion(1);
    /** The newest one whose shapes we have. */
    public static final Microversion NEWEST = new Microversion(79);

    private static final String SERVICE = "compute";
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})");

    /** Whether {@code version} is one that we have. */
    public static boolean isSupported(Microversion version) {
        return version.minor >= OLDEST.minor && version.minor <= NEWEST.minor;
    }

    /**
     * The microversion a request asks for; empty when it asks for one that no server of ours has.
     *
     * @param common the header {@code OpenStack-API-Version}, {@code compute 2.37}
     * @param legacy the header {@code X-OpenStack-Nova-API-Version}, {@code 2.37}
     * @throws TresccadException BAD_REQUEST when a header is malformed
     */
    public static Optional<Microversion> requested(Optional<String> common, Optional<String> legacy) {
        Optional<String> asked = common.flatMap(Microversion::ofCompute).or(() -> legacy.map(String::strip));
        return asked.map(Microversion::parse).orElse(Optional.of(OLDEST)).filter(Microversion::isSupported);
    }

    /** Whether this is 2.{@code otherMinor} or newer. */
    public boolean isAtLeast(int otherMinor) {
        return minor >= otherMinor;
    }

    private static Optional<String> ofCompute(String header) {
        for (String part : header.split(",", -1)) {
            String[] words = part.strip().split(" +", -1);
            if (words.length == 2 && words[0].toLowerCase(Locale.ROOT).equals(SERVICE)) {
                return Optional.of(words[1]);
            }
        }
        return Optional.empty();
    }

    /** Empty for a well-formed version of another major number. */
    private static Optional<Microversion> parse(String text) {
        if (text.equals("latest")) {
            return Optional.of(NEWEST);
        }
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST,
                    "API Version String is of invalid format. Must be of format MajorNum.MinorNum.");
        }
        return matcher.group(1).equals("2")
                ? Optional.of(new Microversion(Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "2." + minor;
    }
}
