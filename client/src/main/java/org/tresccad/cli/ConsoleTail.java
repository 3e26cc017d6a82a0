package org.tresccad.cli;

/**
 * Finds what is new in a console log of which only the recent end can be asked for. The log may have been cut at the
 * front, or begun anew, between two looks.
 */
final class ConsoleTail {
    private static final int ANCHOR_CHARS = 2048;

    private String seen = "";

    /** The part of {@code log} that was not in the log before; all of it when nothing fits. */
    String fresh(String log) {
        String before = seen;
        seen = log;
        if (log.startsWith(before)) {
            return log.substring(before.length());
        }
        // The longest tail of the old log with which the new one goes on.
        for (int length = Math.min(ANCHOR_CHARS, before.length()); length > 0; length /= 2) {
            String anchor = before.substring(before.length() - length);
            int at = log.lastIndexOf(anchor);
            if (at >= 0) {
                return log.substring(at + length);
            }
        }
        return log;
    }
}
