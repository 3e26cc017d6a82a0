package org.tresccad.daemon.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Values under their full keys: the file, or the flags. */
record WrittenLayer(Map<String, Entry> entries) implements Layer {
    WrittenLayer {
        entries = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    @Override
    public Optional<Entry> get(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    @Override
    public SortedSet<Integer> indices(String list) {
        SortedSet<Integer> indices = new TreeSet<>();
        for (String key : entries.keySet()) {
            int end = key.indexOf(']', list.length());
            if (key.startsWith(list + "[") && end > 0) {
                String index = key.substring(list.length() + 1, end);
                if (index.matches("[0-9]{1,4}")) {
                    indices.add(Integer.parseInt(index));
                }
            }
        }
        return indices;
    }

    @Override
    public Map<String, Entry> unknown(Set<String> known) {
        Map<String, Entry> unknown = new LinkedHashMap<>(entries);
        unknown.keySet().removeAll(known);
        return unknown;
    }
}
