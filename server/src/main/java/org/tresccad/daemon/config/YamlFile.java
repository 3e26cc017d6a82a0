package org.tresccad.daemon.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The YAML file, flattened into keys with the line each value stands in. Only its tree is read, never objects, so a tag
 * in the file cannot make any.
 */
final class YamlFile {
    private static final int MOST_LEVELS = 6;

    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private YamlFile(Path file) {
        this.file = file;
    }

    /**
     * Reads {@code file}.
     *
     * @param problems where what is wrong with the file as YAML goes
     */
    static Layer read(Path file, List<Problem> problems) {
        YamlFile yaml = new YamlFile(file);
        yaml.load();
        problems.addAll(yaml.problems);
        return new WrittenLayer(yaml.entries);
    }

    private void load() {
        try {
            Node root = new Yaml(new LoaderOptions()).compose(new StringReader(Files.readString(file)));
            // Only comments: an empty document.
            if (root != null && !root.getTag().equals(Tag.NULL)) {
                if (root instanceof MappingNode) {
                    flatten("", root, 0);
                } else {
                    problem("(file)", root, "it is not a mapping of sections such as \"api:\"");
                }
            }
        } catch (NoSuchFileException e) {
            problems.add(new Problem("(file)", file.toString(), "there is no such file"));
        } catch (IOException e) {
            problems.add(new Problem("(file)", file.toString(), "it cannot be read: " + e));
        } catch (MarkedYAMLException e) {
            String line =
                    e.getProblemMark() == null ? "" : ":" + (e.getProblemMark().getLine() + 1);
            problems.add(new Problem("(file)", file + line, "it is not YAML: " + e.getProblem()));
        } catch (YAMLException e) {
            problems.add(new Problem("(file)", file.toString(), "it is not YAML: " + e.getMessage()));
        }
    }

    private void flatten(String key, Node node, int level) {
        if (level > MOST_LEVELS) {
            problem(key, node, "it is nested too deeply");
        } else if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode name) {
                    String child = key.isEmpty() ? name.getValue() : key + "." + name.getValue();
                    flatten(child, tuple.getValueNode(), level + 1);
                } else {
                    problem(key, tuple.getKeyNode(), "a key is a word");
                }
            }
        } else if (node instanceof SequenceNode sequence) {
            if (sequence.getValue().isEmpty()) {
                put(key, "", node);
            }
            for (int i = 0; i < sequence.getValue().size(); i++) {
                flatten(key + "[" + i + "]", sequence.getValue().get(i), level + 1);
            }
        } else if (node instanceof ScalarNode scalar && !node.getTag().equals(Tag.NULL)) {
            // A key without a value leaves its default.
            put(key, scalar.getValue(), node);
        }
    }

    private void put(String key, String text, Node node) {
        Entry before = entries.put(key, new Entry(text, originOf(node)));
        if (before != null) {
            problem(key, node, "it is set twice, first at " + before.origin());
        }
    }

    private void problem(String key, Node node, String message) {
        problems.add(new Problem(key, originOf(node), message));
    }

    private String originOf(Node node) {
        return file + ":" + (node.getStartMark().getLine() + 1);
    }
}
