package org.tresccad.daemon.config;

/**
 * One value as somebody wrote it.
 *
 * @param text the value, not yet parsed
 * @param origin where it was written: {@code default}, {@code /etc/tresccad/tresccad.yaml:12},
 *     {@code environment TRESCCAD_API_LISTEN}, {@code flag --set}
 */
record Entry(String text, String origin) {
    static final String DEFAULT = "default";
}
