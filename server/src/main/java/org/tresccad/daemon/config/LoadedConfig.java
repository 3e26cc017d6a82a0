package org.tresccad.daemon.config;

import java.util.List;

/**
 * What loading the configuration gave.
 *
 * @param config what the daemon is built from
 * @param log how to log; needed before anything else is built
 * @param settings every key with its value and origin, in the order of the documented file
 * @param warnings sentences for the operator
 */
public record LoadedConfig(Config config, LogConfig log, List<Setting> settings, List<String> warnings) {
    /** Copies. */
    public LoadedConfig {
        settings = List.copyOf(settings);
        warnings = List.copyOf(warnings);
    }
}
