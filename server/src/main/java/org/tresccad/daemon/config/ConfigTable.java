package org.tresccad.daemon.config;

import java.util.List;

/** The configuration as people read it: a line per key, in columns. */
public final class ConfigTable {
    private ConfigTable() {}

    /** Lines of key, value and origin. */
    public static String of(List<Setting> settings) {
        int keys = settings.stream().mapToInt(s -> s.key().length()).max().orElse(0);
        int values = Math.min(
                40, settings.stream().mapToInt(s -> shown(s).length()).max().orElse(0));
        StringBuilder table = new StringBuilder();
        for (Setting setting : settings) {
            String format = "%-" + keys + "s  %-" + Math.max(values, 1) + "s  %s%n";
            table.append(String.format(format, setting.key(), shown(setting), setting.origin()));
        }
        return table.toString();
    }

    private static String shown(Setting setting) {
        return setting.value().isEmpty() ? "-" : setting.value();
    }
}
