package org.tresccad.daemon.config;

/** How the daemon logs to stderr. */
public record LogConfig(Level level, Format format) {
    /** The least severe messages that are written. */
    public enum Level {
        /** Only what failed. */
        ERROR,
        /** And what is odd. */
        WARN,
        /** And what happened. */
        INFO,
        /** And how. */
        DEBUG,
        /** And everything the libraries say. */
        TRACE
    }

    /** The shape of a message. */
    public enum Format {
        /** A line for people. */
        TEXT,
        /** A JSON object in a line. */
        JSON
    }

    static LogConfig read(ConfigReader in) {
        return new LogConfig(in.choice("level", Level.INFO), in.choice("format", Format.TEXT));
    }
}
