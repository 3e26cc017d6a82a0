package org.tresccad.daemon.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes typed values out of the sources. What is asked for is thereby known: the keys, their defaults and their order
 * are written once, where the records read them. A value that does not parse is noted and its default goes on, so that
 * one run finds every mistake; whoever builds the configuration must look at {@link #problems} before using it.
 */
final class ConfigReader {
    private static final String SECRET = "(secret)";

    /** What all sections of one reading share. */
    private static final class Reading {
        final List<Layer> layers;
        final Map<String, Setting> settings = new LinkedHashMap<>();
        final Map<String, String> itemDefaults = new LinkedHashMap<>();
        final List<Problem> problems = new ArrayList<>();
        final SortedSet<String> lists = new TreeSet<>();

        Reading(List<Layer> layers) {
            this.layers = List.copyOf(layers);
        }
    }

    private final Reading reading;
    private final String prefix;

    private ConfigReader(Reading reading, String prefix) {
        this.reading = reading;
        this.prefix = prefix;
    }

    /** A reader of the whole configuration; the first of {@code strongestFirst} that has a value wins. */
    ConfigReader(List<Layer> strongestFirst) {
        this(new Reading(strongestFirst), "");
    }

    /** A reader of the keys below {@code name}. */
    ConfigReader section(String name) {
        return new ConfigReader(reading, prefix + name + ".");
    }

    /** The value of {@code name}, or what {@code whenUnset} means. */
    <T> T value(String name, String whenUnset, Function<String, T> parser) {
        Entry entry = find(name).orElse(new Entry(whenUnset, Entry.DEFAULT));
        record(name, entry.text(), entry.origin());
        return parse(name, entry, parser).orElseGet(() -> parser.apply(whenUnset));
    }

    /** The value of {@code name}, which has no default; {@code stopgap} lets the reading go on when it is missing. */
    <T> T required(String name, String stopgap, Function<String, T> parser) {
        Optional<Entry> entry = find(name);
        record(name, entry.map(Entry::text).orElse(""), entry.map(Entry::origin).orElse(Entry.DEFAULT));
        if (entry.isEmpty()) {
            problem(name, "it is missing");
        }
        return entry.flatMap(found -> parse(name, found, parser)).orElseGet(() -> parser.apply(stopgap));
    }

    /** The value of {@code name}, which may be left out or empty. */
    <T> Optional<T> optional(String name, Function<String, T> parser) {
        Optional<Entry> entry = find(name);
        record(name, entry.map(Entry::text).orElse(""), entry.map(Entry::origin).orElse(Entry.DEFAULT));
        return entry.filter(found -> !found.text().isEmpty()).flatMap(found -> parse(name, found, parser));
    }

    /** As {@link #optional}; its value is never shown. */
    <T> Optional<T> secret(String name, Function<String, T> parser) {
        Optional<Entry> entry = find(name);
        record(name, entry.isPresent() ? SECRET : "", entry.map(Entry::origin).orElse(Entry.DEFAULT));
        return entry.flatMap(found -> parse(name, found, parser));
    }

    /** The constant of {@code whenUnset}'s enum that is written, in lower case with dashes. */
    <E extends Enum<E>> E choice(String name, E whenUnset) {
        E[] constants = whenUnset.getDeclaringClass().getEnumConstants();
        return value(name, wordOf(whenUnset), text -> {
            for (E constant : constants) {
                if (wordOf(constant).equals(text)) {
                    return constant;
                }
            }
            String words = Arrays.stream(constants).map(ConfigReader::wordOf).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("\"" + text + "\" is not one of " + words);
        });
    }

    /** A list of plain values, a YAML sequence or separated by commas. The strongest source that has it has all of it. */
    <T> List<T> list(String name, Function<String, T> parser) {
        reading.lists.add(prefix + name);
        List<T> values = new ArrayList<>();
        boolean decided = false;
        for (Layer layer : reading.layers) {
            Optional<Entry> whole = layer.get(prefix + name);
            SortedSet<Integer> indices = layer.indices(prefix + name);
            if (!decided && (whole.isPresent() || !indices.isEmpty())) {
                decided = true;
                List<Entry> entries = new ArrayList<>();
                whole.ifPresent(entry -> {
                    for (String part : entry.text().split(",", -1)) {
                        if (!part.isBlank()) {
                            entries.add(new Entry(part.strip(), entry.origin()));
                        }
                    }
                });
                indices.forEach(i -> layer.get(prefix + name + "[" + i + "]").ifPresent(entries::add));
                String origin = entries.isEmpty()
                        ? whole.map(Entry::origin).orElse(Entry.DEFAULT)
                        : entries.get(0).origin();
                record(name, entries.stream().map(Entry::text).collect(Collectors.joining(",")), origin);
                entries.forEach(entry -> parse(name, entry, parser).ifPresent(values::add));
            }
        }
        if (!decided) {
            record(name, "", Entry.DEFAULT);
        }
        return values;
    }

    /**
     * A list of groups of values. Sources add to each other's items by index; {@code defaults} count only when no
     * source says anything about the list.
     */
    <T> List<T> items(String name, Function<ConfigReader, T> item, List<Map<String, String>> defaults) {
        String list = prefix + name;
        reading.lists.add(list);
        SortedSet<Integer> indices = new TreeSet<>();
        reading.layers.forEach(layer -> indices.addAll(layer.indices(list)));
        Optional<Entry> whole = find(name);
        if (whole.isPresent() && !whole.get().text().isEmpty()) {
            record(name, whole.get().text(), whole.get().origin());
            problem(name, "it is a list of items, not a value");
        } else if (indices.isEmpty() && whole.isEmpty()) {
            for (int i = 0; i < defaults.size(); i++) {
                String key = list + "[" + i + "].";
                defaults.get(i).forEach((part, text) -> reading.itemDefaults.put(key + part, text));
                indices.add(i);
            }
        }
        if (indices.isEmpty() && whole.isEmpty()) {
            record(name, "", Entry.DEFAULT);
        } else {
            whole.filter(entry -> entry.text().isEmpty()).ifPresent(entry -> record(name, "", entry.origin()));
        }
        List<T> items = new ArrayList<>();
        for (int index : indices) {
            if (index != items.size()) {
                problem(name + "[" + items.size() + "]", "it is missing, and there is " + name + "[" + index + "]");
                break;
            }
            items.add(item.apply(section(name + "[" + index + "]")));
        }
        return items;
    }

    /** Notes that the value of {@code name} will not do. */
    void problem(String name, String message) {
        Setting setting = reading.settings.get(prefix + name);
        reading.problems.add(new Problem(prefix + name, setting == null ? Entry.DEFAULT : setting.origin(), message));
    }

    /** Every key asked for so far with its value and origin. */
    List<Setting> settings() {
        return List.copyOf(reading.settings.values());
    }

    /** What is wrong with the values read so far, and every key in a source that nobody asked for. */
    List<Problem> problems() {
        List<Problem> problems = new ArrayList<>(reading.problems);
        NearestKey nearest = new NearestKey(reading.settings.keySet(), reading.lists);
        for (Layer layer : reading.layers) {
            layer.unknown(reading.settings.keySet()).forEach((key, entry) -> {
                boolean partOfList = key.matches(".*\\[[0-9]+\\]")
                        && reading.lists.contains(key.substring(0, key.lastIndexOf('[')))
                        && reading.settings.containsKey(key.substring(0, key.lastIndexOf('[')));
                if (!partOfList) {
                    String hint = nearest.to(key)
                            .map(known -> "; did you mean " + known + "?")
                            .orElse("");
                    problems.add(new Problem(key, entry.origin(), "there is no such key" + hint));
                }
            });
        }
        return problems;
    }

    private Optional<Entry> find(String name) {
        for (Layer layer : reading.layers) {
            Optional<Entry> entry = layer.get(prefix + name);
            if (entry.isPresent()) {
                return entry;
            }
        }
        return Optional.ofNullable(reading.itemDefaults.get(prefix + name)).map(text -> new Entry(text, Entry.DEFAULT));
    }

    private void record(String name, String shown, String origin) {
        reading.settings.put(prefix + name, new Setting(prefix + name, shown, origin));
    }

    private <T> Optional<T> parse(String name, Entry entry, Function<String, T> parser) {
        try {
            return Optional.of(parser.apply(entry.text()));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            reading.problems.add(
                    new Problem(prefix + name, entry.origin(), message == null ? "it cannot be used" : message));
            return Optional.empty();
        }
    }

    private static String wordOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
