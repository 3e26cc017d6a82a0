package org.tresccad.metadata;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Texts at slash-separated paths, as EC2's metadata service shows them. Immutable. */
public final class MetadataTree {
    private final TreeMap<String, String> leaves;
    private final Map<String, String> labels;

    private MetadataTree(Map<String, String> leaves, Map<String, String> labels) {
        this.leaves = new TreeMap<>(leaves);
        this.labels = Map.copyOf(labels);
    }

    /**
     * The text at {@code path}, or the list of what is below it: a line each, with a slash at the end of what has
     * something below. Slashes at either end of {@code path} do not matter.
     */
    public Optional<String> find(String path) {
        String place = path.replaceAll("^/+|/+$", "");
        String leaf = leaves.get(place);
        if (leaf != null) {
            return Optional.of(leaf);
        }
        String prefix = place.isEmpty() ? "" : place + "/";
        TreeMap<String, String> entries = new TreeMap<>();
        for (String below : leaves.tailMap(prefix).keySet()) {
            if (!below.startsWith(prefix)) {
                break;
            }
            String rest = below.substring(prefix.length());
            int slash = rest.indexOf('/');
            String name = slash < 0 ? rest : rest.substring(0, slash);
            entries.put(name, labels.getOrDefault(prefix + name, slash < 0 ? name : name + "/"));
        }
        return entries.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", entries.values()));
    }

    static final class Builder {
        private final Map<String, String> leaves = new LinkedHashMap<>();
        private final Map<String, String> labels = new LinkedHashMap<>();

        Builder put(String path, String text) {
            leaves.put(path, text);
            return this;
        }

        /** Shows {@code text} in place of the last part of {@code path} in the list that holds it. */
        Builder label(String path, String text) {
            labels.put(path, text);
            return this;
        }

        MetadataTree build() {
            return new MetadataTree(leaves, labels);
        }
    }
}
