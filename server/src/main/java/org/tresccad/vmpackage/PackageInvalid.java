package org.tresccad.vmpackage;

import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * A package that is damaged, foreign, hostile or of a newer format. Nothing of it was used. Entry and reason may quote
 * the package: they are cut and made printable here, because they end up in logs and on terminals.
 */
public final class PackageInvalid extends TresccadException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_QUOTE = 240;

    private final String entry;
    private final String reason;

    /** {@code entry} is where the reader was, {@code reason} a clause that says what is wrong there. */
    public PackageInvalid(String entry, String reason) {
        super(ErrorKind.INVALID_CONTENT, message(entry, reason));
        this.entry = printable(entry);
        this.reason = printable(reason);
    }

    /** As above; {@code cause} goes to the log only. */
    public PackageInvalid(String entry, String reason, Throwable cause) {
        super(ErrorKind.INVALID_CONTENT, message(entry, reason), cause);
        this.entry = printable(entry);
        this.reason = printable(reason);
    }

    /** The entry at fault. */
    public String entry() {
        return entry;
    }

    /** What is wrong there. */
    public String reason() {
        return reason;
    }

    private static String message(String entry, String reason) {
        return "The package is not usable: " + printable(entry) + ": " + printable(reason);
    }

    private static String printable(String text) {
        StringBuilder quote = new StringBuilder();
        text.codePoints().limit(LONGEST_QUOTE).forEach(c -> quote.appendCodePoint(c < 0x20 || c > 0x7e ? '?' : c));
        return text.codePointCount(0, text.length()) > LONGEST_QUOTE
                ? quote.append("...").toString()
                : quote.toString();
    }
}
