package org.tresccad.daemon;

import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.LogManager;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.tresccad.daemon.config.LogConfig;

/**
 * Logging: SLF4J in front, Logback behind ({@code logback.xml}), to stderr. What libraries say through
 * java.util.logging comes the same way.
 *
 * <p>{@code request}, {@code instance} and {@code move} in the MDC are printed with every line.
 */
final class Logs {
    /** Names in logback.xml. */
    private static final String LEVEL = "tresccad.log.level";

    private static final String FORMAT = "tresccad.log.format";

    private Logs() {}

    /** Must run before the first logger is asked for: Logback reads its configuration then. */
    static void configure(LogConfig config) {
        System.setProperty(LEVEL, config.level().name());
        System.setProperty(FORMAT, config.format().name().toLowerCase(Locale.ROOT));
        LogManager.getLogManager().reset();
        SLF4JBridgeHandler.install();
        // What is filtered here never becomes an SLF4J event, which would cost a formatted message.
        java.util.logging.Logger.getLogger("")
                .setLevel(
                        switch (config.level()) {
                            case ERROR -> Level.SEVERE;
                            case WARN -> Level.WARNING;
                            case INFO, DEBUG -> Level.INFO;
                            case TRACE -> Level.ALL;
                        });
    }
}
