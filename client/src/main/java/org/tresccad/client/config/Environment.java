package org.tresccad.client.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What a process is told from outside; a value, so that tests need not change their own process. */
public record Environment(Map<String, String> variables, Path workingDirectory, Path home, Path systemConfig) {
    /** Copies the map. */
    public Environment {
        variables = Map.copyOf(variables);
    }

    /** That of this process. */
    public static Environment ofProcess() {
        return new Environment(
                System.getenv(),
                Path.of("").toAbsolutePath(),
                Path.of(System.getProperty("user.home")),
                Path.of("/etc/openstack"));
    }

    /** A variable's value, if it is set and not empty. */
    public Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
    }

    /** {@code ~/.config/openstack}, or where XDG_CONFIG_HOME says. */
    public Path userConfig() {
        return variable("XDG_CONFIG_HOME")
                .map(Path::of)
                .orElseGet(() -> home.resolve(".config"))
                .resolve("openstack");
    }

    /** {@code ~/.local/state/tresccac}, or where XDG_STATE_HOME says: what outlives a command and is no configuration. */
    public Path userState() {
        return variable("XDG_STATE_HOME")
                .map(Path::of)
                .orElseGet(() -> home.resolve(".local/state"))
                .resolve("tresccac");
    }

    /** Expands a leading {@code ~/}; a relative path is taken from {@code base}. */
    Path path(String text, Path base) {
        if (text.equals("~") || text.startsWith("~/")) {
            return home.resolve(text.length() > 2 ? text.substring(2) : "");
        }
        return base.resolve(text);
    }
}
