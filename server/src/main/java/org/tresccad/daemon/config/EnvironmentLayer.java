package org.tresccad.daemon.config;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Environment variables: {@code TRESCCAD_API_MAX_UPLOAD} is {@code api.max_upload}, {@code TRESCCAD_USERS_0__PASSWORD}
 * is {@code users[0].password}. A name does not say where its dots were, so known keys look for their variable and what
 * nobody looked for is unknown.
 */
final class EnvironmentLayer implements Layer {
    private static final String PREFIX = "TRESCCAD_";

    /** Read by the launcher and the scripts of the source tree; not configuration of the daemon. */
    private static final Set<String> NOT_CONFIGURATION = Set.of("TRESCCAD_JAVA_OPTIONS", "TRESCCAD_HOSTS_DIR");

    private final SortedMap<String, String> variables = new TreeMap<>();

    EnvironmentLayer(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !NOT_CONFIGURATION.contains(name)) {
                variables.put(name, value);
            }
        });
    }

    @Override
    public Optional<Entry> get(String key) {
        String name = variableOf(key);
        return Optional.ofNullable(variables.get(name)).map(value -> new Entry(value, "environment " + name));
    }

    @Override
    public SortedSet<Integer> indices(String list) {
        Pattern item = Pattern.compile(Pattern.quote(variableOf(list)) + "_([0-9]{1,4})_.*");
        SortedSet<Integer> indices = new TreeSet<>();
        for (String name : variables.keySet()) {
            Matcher matcher = item.matcher(name);
            if (matcher.matches()) {
                indices.add(Integer.parseInt(matcher.group(1)));
            }
        }
        return indices;
    }

    @Override
    public Map<String, Entry> unknown(Set<String> known) {
        Set<String> knownVariables =
                known.stream().map(EnvironmentLayer::variableOf).collect(Collectors.toSet());
        Map<String, Entry> unknown = new TreeMap<>();
        variables.forEach((name, value) -> {
            if (!knownVariables.contains(name)) {
                String key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
                unknown.put(key, new Entry(value, "environment " + name));
            }
        });
        return unknown;
    }

    static String variableOf(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
