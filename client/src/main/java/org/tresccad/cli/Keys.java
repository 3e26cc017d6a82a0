package org.tresccad.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tresccad.client.compute.Compute;
import org.tresccad.client.compute.Keypair;
import org.tresccad.client.config.ConfigException;

/** Finds a keypair, or makes one from a public key file. */
final class Keys {
    private final Compute compute;

    Keys(Compute compute) {
        this.compute = compute;
    }

    /** Name of the keypair: that of the key in the file {@code given}, or {@code given} itself. */
    String ensure(String given) {
        Path file = Path.of(given);
        if (!Files.isRegularFile(file)) {
            return given;
        }
        String key = read(file);
        return compute.keypairs().stream()
                .filter(pair -> pair.publicKey()
                        .map(Keys::body)
                        .filter(body(key)::equals)
                        .isPresent())
                .map(Keypair::name)
                .findFirst()
                .orElseGet(() -> compute.createKeypair(nameOf(file), key).name());
    }

    private static String read(Path file) {
        try {
            String text = Files.readString(file).strip();
            if (text.contains("PRIVATE KEY") || text.split("\\s+", 3).length < 2) {
                throw new ConfigException(file.toString(), "", "is not a public SSH key (one line, as in id_*.pub)");
            }
            return text;
        } catch (IOException unreadable) {
            throw new ConfigException(file.toString(), "", "cannot be read: " + unreadable.getMessage());
        }
    }

    /** Kind and key without the comment. */
    private static String body(String key) {
        String[] parts = key.strip().split("\\s+", 3);
        return parts.length < 2 ? key : parts[0] + " " + parts[1];
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName()).replaceFirst("\\.pub$", "").replaceAll("[^A-Za-z0-9_ -]", "-");
    }
}
