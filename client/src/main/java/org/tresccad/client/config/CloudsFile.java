package org.tresccad.client.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One YAML (or JSON, its subset) file with a mapping {@code clouds}. */
record CloudsFile(Path path, ObjectNode clouds) {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Reads {@code path}; a file that is empty or lacks {@code clouds} has no clouds. */
    static CloudsFile read(Path path) {
        String text;
        try {
            text = Files.readString(path);
        } catch (NoSuchFileException missing) {
            throw new ConfigException(path.toString(), "", "no such file");
        } catch (IOException unreadable) {
            throw new ConfigException(path.toString(), "", "cannot be read as UTF-8 text: " + unreadable.getMessage());
        }
        return parse(path, text);
    }

    static CloudsFile parse(Path path, String text) {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JsonProcessingException bad) {
            // The message's second part quotes the line, which may hold a password.
            JsonLocation at = bad.getLocation();
            throw new ConfigException(
                    path.toString(),
                    "",
                    "not valid YAML" + (at == null ? "" : " near line " + at.getLineNr()) + ": "
                            + bad.getOriginalMessage().lines().findFirst().orElse(""));
        }
        JsonNode clouds = root.path("clouds");
        if (root.isMissingNode() || root.isNull() || clouds.isMissingNode() || clouds.isNull()) {
            return new CloudsFile(path, JsonNodeFactory.instance.objectNode());
        }
        if (!(clouds instanceof ObjectNode mapping)) {
            throw new ConfigException(path.toString(), "clouds", "expected a mapping from names to clouds");
        }
        return new CloudsFile(path, mapping);
    }

    /** A sentence when others can read the file although it holds a password. */
    Optional<String> exposure() {
        Set<PosixFilePermission> permissions;
        try {
            permissions = Files.getPosixFilePermissions(path);
        } catch (IOException | UnsupportedOperationException unknown) {
            return Optional.empty();
        }
        List<PosixFilePermission> open = new ArrayList<>(permissions);
        open.retainAll(List.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ));
        if (open.isEmpty() || clouds.findValue("password") == null) {
            return Optional.empty();
        }
        return Optional.of(path + " holds a password and can be read by others; chmod 600 " + path);
    }
}
