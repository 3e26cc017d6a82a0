package org.tresccad.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.tresccad.rest.Json;

/**
 * Makes packages that are right in form and wrong in what they say, from a real one. Written after
 * docs/package-format.md alone, so that it also shows that the page suffices.
 */
final class PackageForge {
    private static final int BLOCK = 512;

    private final Map<String, byte[]> entries;

    private PackageForge(Map<String, byte[]> entries) {
        this.entries = entries;
    }

    /** A copy of a package. */
    static PackageForge of(Path file) {
        try {
            byte[] all = Files.readAllBytes(file);
            Map<String, byte[]> entries = new LinkedHashMap<>();
            int at = 0;
            while (all[at] != 0) {
                String name = text(all, at, 100);
                int size = Integer.parseInt(text(all, at + 124, 12), 8);
                entries.put(name, Arrays.copyOfRange(all, at + BLOCK, at + BLOCK + size));
                at += BLOCK + padded(size);
            }
            return new PackageForge(entries);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it says of itself. */
    JsonNode manifest() {
        return json("manifest.json");
    }

    /** With another manifest; the trailer agrees with it. */
    PackageForge manifest(Consumer<ObjectNode> change) {
        ObjectNode manifest = json("manifest.json");
        change.accept(manifest);
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        changed.put("manifest.json", bytes(manifest));
        return new PackageForge(changed).sealed();
    }

    /** With another content of a member; its parts and the trailer are right. */
    PackageForge member(String name, byte[] content) {
        int partSize = json("manifest.json").path("part_size").asInt();
        Map<String, byte[]> changed = new LinkedHashMap<>();
        boolean isWritten = false;
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            if (!entry.getKey().startsWith(name + ".0")) {
                changed.put(entry.getKey(), entry.getValue());
            } else if (!isWritten) {
                isWritten = true;
                for (int part = 0; part * partSize < content.length; part++) {
                    byte[] plain = Arrays.copyOfRange(
                            content, part * partSize, Math.min(content.length, (part + 1) * partSize));
                    changed.put(
                            String.format(Locale.ROOT, "%s.%08d.%s.zst", name, part, hex(sha256(plain))),
                            Zstd.compress(plain));
                }
            }
        }
        return new PackageForge(changed).sealed();
    }

    /**
     * With memory that was sent ahead of the freeze, as a move in mode warm has it: the members {@code ahead}, which is
     * empty, and {@code snapshot-ahead}.
     */
    PackageForge memoryAhead(byte[] content) {
        ObjectNode manifest = json("manifest.json");
        ArrayNode members = (ArrayNode) manifest.path("members");
        members.insert(0, "ahead").insert(place(members, "libvirt.xml"), "snapshot-ahead");
        manifest.set("critical", Json.mapper().createArrayNode().add("delta"));
        manifest.putObject("delta").putArray("references").addObject().put("kind", "ahead");
        ObjectNode trailer = json("trailer.json");
        ArrayNode ends = (ArrayNode) trailer.path("members");
        members.forEach(name -> {
            if (name.asText().endsWith("ahead")) {
                ends.insertObject(place(members, name.asText())).put("name", name.asText());
            }
        });
        Map<String, byte[]> changed = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            if (entry.getKey().startsWith("libvirt.xml.0")) {
                // A part that member() replaces.
                changed.put("snapshot-ahead.0", new byte[0]);
            }
            changed.put(entry.getKey(), entry.getValue());
        }
        changed.put("manifest.json", bytes(manifest));
        changed.put("trailer.json", bytes(trailer));
        return new PackageForge(changed).member("snapshot-ahead", content);
    }

    private static int place(ArrayNode members, String name) {
        int at = 0;
        while (!members.path(at).asText().equals(name)) {
            at++;
        }
        return at;
    }

    /** A member's content. */
    byte[] member(String name) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        entries.forEach((entry, data) -> {
            if (entry.startsWith(name + ".0")) {
                content.writeBytes(Zstd.decompress(data, Math.toIntExact(Zstd.getFrameContentSize(data))));
            }
        });
        return content.toByteArray();
    }

    /** Writes it as a file. */
    Path write(Path file) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        entries.forEach((name, content) -> {
            tar.writeBytes(header(name, content.length));
            tar.writeBytes(Arrays.copyOf(content, padded(content.length)));
        });
        tar.writeBytes(new byte[2 * BLOCK]);
        try {
            return Files.write(file, tar.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With a trailer that agrees with everything else. */
    private PackageForge sealed() {
        ObjectNode trailer = json("trailer.json");
        trailer.put("manifest_sha256", hex(sha256(entries.getOrDefault("manifest.json", new byte[0]))));
        for (JsonNode each : trailer.path("members")) {
            ObjectNode member = (ObjectNode) each;
            String prefix = member.path("name").asText() + ".0";
            ByteArrayOutputStream digests = new ByteArrayOutputStream();
            long size = 0;
            int parts = 0;
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                if (entry.getKey().startsWith(prefix)) {
                    digests.writeBytes(HexFormat.of().parseHex(entry.getKey().split("\\.", -1)[digestField(prefix)]));
                    size += Zstd.getFrameContentSize(entry.getValue());
                    parts++;
                }
            }
            member.put("size_bytes", size).put("parts", parts).put("tree_sha256", hex(sha256(digests.toByteArray())));
        }
        Map<String, byte[]> changed = new LinkedHashMap<>(entries);
        changed.put("trailer.json", bytes(trailer));
        return new PackageForge(changed);
    }

    /** {@code libvirt.xml} has a dot itself. */
    private static int digestField(String prefix) {
        return prefix.split("\\.", -1).length;
    }

    private ObjectNode json(String entry) {
        try {
            return (ObjectNode) Json.mapper().readTree(entries.getOrDefault(entry, new byte[0]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] header(String name, int size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format(Locale.ROOT, "%011o", size));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        put(header, 156, "0");
        put(header, 257, "ustar");
        put(header, 263, "00");
        put(header, 329, "0000000");
        put(header, 337, "0000000");
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String text(byte[] all, int from, int length) {
        return new String(all, from, length, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
    }

    private static int padded(int size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private static byte[] bytes(ObjectNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
