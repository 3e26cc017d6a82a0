package org.tresccad.client.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Adds or replaces one cloud in a clouds.yaml. Works on the text, so that comments and order survive; the result is
 * parsed and compared before it takes the old file's place, in one step and readable by its owner only.
 */
public final class CloudsWriter {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Pattern CLOUDS = Pattern.compile("clouds:\\s*(\\{\\s*\\}|null|~)?\\s*(#.*)?");

    private final Path path;

    /** Writes {@code path}, which need not exist. */
    public CloudsWriter(Path path) {
        this.path = path;
    }

    /**
     * Writes {@code entry} as cloud {@code name}.
     *
     * @param replace whether a cloud of this name may be there already
     * @throws ConfigException when it is there and may not, or the file is not a clouds.yaml that we can edit
     */
    public void put(String name, Map<String, ?> entry, boolean replace) {
        if (!NAME.matcher(name).matches()) {
            throw wrong("clouds", "a name has letters, digits, dot, dash and underscore; not '" + name + "'");
        }
        boolean exists = Files.exists(path);
        ObjectNode before = exists ? CloudsFile.read(path).clouds() : YAML.createObjectNode();
        if (before.has(name) && !replace) {
            throw wrong("clouds." + name, "is there already; use --force to replace it");
        }
        JsonNode wanted = YAML.valueToTree(entry);
        List<String> lines = exists ? read() : new ArrayList<>(List.of("clouds:"));
        edit(lines, name, wanted);
        String text = String.join("\n", lines) + "\n";

        ObjectNode expected = before.deepCopy();
        expected.set(name, wanted);
        if (!CloudsFile.parse(path, text).clouds().equals(expected)) {
            throw wrong("clouds", "this file is written in a way that cannot be edited safely; add the cloud by hand");
        }
        write(text);
    }

    private void edit(List<String> lines, String name, JsonNode entry) {
        int clouds = -1;
        for (int at = 0; at < lines.size(); at++) {
            if (CLOUDS.matcher(lines.get(at)).matches()) {
                clouds = at;
            }
        }
        if (clouds < 0) {
            lines.add("clouds:");
            clouds = lines.size() - 1;
        } else {
            lines.set(clouds, "clouds:");
        }
        int indent = 2;
        for (int at = clouds + 1; at < lines.size(); at++) {
            if (!idle(lines.get(at))) {
                indent = indentOf(lines.get(at)) == 0 ? 2 : indentOf(lines.get(at));
                break;
            }
        }
        int insertAt = clouds + 1;
        String head = " ".repeat(indent) + name + ":";
        for (int at = clouds + 1; at < lines.size(); at++) {
            if (lines.get(at).startsWith(head)) {
                int end = at + 1;
                while (end < lines.size() && (idle(lines.get(end)) || indentOf(lines.get(end)) > indent)) {
                    end++;
                }
                while (end > at + 1 && idle(lines.get(end - 1))) {
                    end--;
                }
                lines.subList(at, end).clear();
                insertAt = at;
                break;
            }
        }
        lines.addAll(insertAt, rendered(name, entry, indent));
    }

    private List<String> rendered(String name, JsonNode entry, int indent) {
        try {
            String pad = " ".repeat(indent);
            List<String> lines = new ArrayList<>(List.of(pad + name + ":"));
            YAML.writeValueAsString(entry).lines().forEach(line -> lines.add(pad + "  " + line));
            return lines;
        } catch (JsonProcessingException bad) {
            throw wrong("clouds." + name, "cannot be written as YAML: " + bad.getOriginalMessage());
        }
    }

    private List<String> read() {
        try {
            return new ArrayList<>(Files.readAllLines(path));
        } catch (IOException unreadable) {
            throw wrong("", "cannot be read: " + unreadable.getMessage());
        }
    }

    private void write(String text) {
        try {
            Path directory = path.toAbsolutePath().getParent();
            if (directory == null) {
                throw wrong("", "is not a file");
            }
            Files.createDirectories(directory);
            Path fresh = Files.createTempFile(
                    directory,
                    ".clouds",
                    ".yaml",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                try (FileChannel out = FileChannel.open(fresh, Set.of(StandardOpenOption.WRITE))) {
                    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                    while (bytes.hasRemaining()) {
                        out.write(bytes);
                    }
                    out.force(true);
                }
                Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException failed) {
            throw wrong("", "cannot be written: " + failed.getMessage());
        }
    }

    private ConfigException wrong(String key, String problem) {
        return new ConfigException(path.toString(), key, problem);
    }

    private static boolean idle(String line) {
        return line.isBlank() || line.stripLeading().startsWith("#");
    }

    private static int indentOf(String line) {
        return line.length() - line.stripLeading().length();
    }
}
