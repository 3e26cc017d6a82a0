package org.tresccad.client.config;

/** Configuration is missing or wrong. The message names the file (or variable) and the key. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String source;
    private final String key;

    /** {@code source} is a file or "environment"; {@code key} is dotted, or empty when the whole file is meant. */
    public ConfigException(String source, String key, String problem) {
        super(source + (key.isEmpty() ? "" : ": " + key) + ": " + problem);
        this.source = source;
        this.key = key;
    }

    /** The file, or "environment". */
    public String source() {
        return source;
    }

    /** Dotted key within it; empty when the whole is meant. */
    public String key() {
        return key;
    }
}
