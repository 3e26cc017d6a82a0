package org.tresccad.client.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns one entry of {@code clouds} into a {@link CloudConfig}; every complaint names source and key. */
final class CloudReader {
    private static final Pattern SSH =
            Pattern.compile("(?<user>[^@\\s]+)@(?<host>\\[[^\\]]+\\]|[^:\\s]+)(:(?<port>\\d{1,5}))?");
    private static final List<String> DEFAULT_KEYS = List.of("id_ed25519", "id_ecdsa", "id_rsa");

    private final String source;
    private final String prefix;
    private final ObjectNode entry;
    private final Environment environment;
    private final Path base;

    /** {@code base} is where relative paths start; {@code prefix} goes before keys in complaints. */
    CloudReader(String source, String prefix, ObjectNode entry, Environment environment, Path base) {
        this.source = source;
        this.prefix = prefix;
        this.entry = entry;
        this.environment = environment;
        this.base = base;
    }

    CloudConfig read(String name) {
        String type = text("auth_type").orElse("password");
        if (!List.of("password", "v3password").contains(type)) {
            throw wrong("auth_type", "only password is supported, not " + type);
        }
        return new CloudConfig(
                name,
                checked("auth.auth_url", this::credentials),
                checked(
                        "interface",
                        () -> new CloudConfig.Endpoints(
                                text("region_name"),
                                text("interface")
                                        .or(() -> text("endpoint_type"))
                                        .orElse("public"))),
                trust(),
                ssh(),
                new CloudConfig.Use(projects(), isInbox()));
    }

    private Credentials credentials() {
        String url = needed("auth.auth_url");
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException bad) {
            throw wrong("auth.auth_url", "not an address: " + bad.getReason());
        }
        Principal user = principal("user", "auth.username", "auth.user_id").orElseThrow(() -> missing("auth.username"));
        Secret password = new Secret(needed("auth.password"));
        Principal project = principal("project", "auth.project_name", "auth.project_id")
                .or(() -> text("auth.tenant_name").map(tenant -> Principal.named(tenant, domain("project"))))
                .orElseThrow(() -> missing("auth.project_name"));
        return new Credentials(uri, user, password, project);
    }

    private Optional<Principal> principal(String kind, String nameKey, String idKey) {
        return text(idKey).map(Principal::id).or(() -> text(nameKey).map(name -> Principal.named(name, domain(kind))));
    }

    private Principal domain(String kind) {
        return text("auth." + kind + "_domain_id")
                .map(Principal::id)
                .or(() -> text("auth." + kind + "_domain_name").map(Principal::domain))
                .or(() -> text("auth.default_domain").map(Principal::id))
                .orElse(Principal.DEFAULT_DOMAIN);
    }

    private Trust trust() {
        boolean verify = text("verify").map(value -> truth("verify", value)).orElse(true)
                && !text("insecure").map(value -> truth("insecure", value)).orElse(false);
        Optional<Path> ca = text("cacert").map(value -> environment.path(value, base));
        ca.ifPresent(file -> {
            if (!Files.isReadable(file)) {
                throw wrong("cacert", "cannot read " + file);
            }
        });
        return new Trust(ca, verify);
    }

    private Optional<SshAccess> ssh() {
        return text("ssh").map(value -> {
            Matcher parts = SSH.matcher(value);
            if (!parts.matches()) {
                throw wrong("ssh", "expected user@host[:port], not " + value);
            }
            int port = Optional.ofNullable(parts.group("port"))
                    .map(Integer::parseInt)
                    .orElse(22);
            String host = parts.group("host").replaceAll("[\\[\\]]", "");
            Path keys = environment.home().resolve(".ssh");
            List<Path> identities = text("ssh_key")
                    .map(key -> {
                        Path file = environment.path(key, base);
                        if (!Files.isReadable(file)) {
                            throw wrong("ssh_key", "cannot read " + file);
                        }
                        return List.of(file);
                    })
                    .orElseGet(() -> DEFAULT_KEYS.stream()
                            .map(keys::resolve)
                            .filter(Files::isReadable)
                            .toList());
            if (identities.isEmpty()) {
                throw wrong("ssh_key", "no private key: none of " + DEFAULT_KEYS + " is in " + keys);
            }
            Path known = text("ssh_known_hosts")
                    .map(file -> environment.path(file, base))
                    .orElseGet(() -> keys.resolve("known_hosts"));
            return checked("ssh", () -> new SshAccess(parts.group("user"), host, port, identities, known));
        });
    }

    private List<String> projects() {
        JsonNode list = entry.path("tresccad").path("projects");
        if (list.isMissingNode() || list.isNull()) {
            return List.of();
        }
        if (!list.isArray()) {
            throw wrong("tresccad.projects", "expected a list");
        }
        List<String> names = new ArrayList<>();
        for (JsonNode item : list) {
            if (!item.isValueNode() || item.asText().isBlank()) {
                throw wrong("tresccad.projects", "expected names of projects");
            }
            names.add(item.asText());
        }
        return names;
    }

    private boolean isInbox() {
        boolean isInbox = text("tresccad.inbox")
                .map(value -> truth("tresccad.inbox", value))
                .orElse(false);
        if (isInbox && projects().isEmpty()) {
            throw wrong("tresccad.inbox", "needs tresccad.projects: what arrives belongs to the first of them");
        }
        return isInbox;
    }

    private boolean truth(String key, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw wrong(key, "expected true or false, not " + value);
        };
    }

    private String needed(String key) {
        return text(key).orElseThrow(() -> missing(key));
    }

    private Optional<String> text(String dotted) {
        JsonNode node = entry;
        for (String part : dotted.split("\\.", -1)) {
            node = node.path(part);
        }
        if (node.isMissingNode()
                || node.isNull()
                || (node.isTextual() && node.asText().isEmpty())) {
            return Optional.empty();
        }
        if (!node.isValueNode()) {
            throw wrong(dotted, "expected a single value");
        }
        return Optional.of(node.asText());
    }

    private <T> T checked(String key, Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException bad) {
            throw wrong(key, String.valueOf(bad.getMessage()));
        }
    }

    private ConfigException missing(String key) {
        return wrong(key, "missing");
    }

    private ConfigException wrong(String key, String problem) {
        return new ConfigException(source, prefix + key, problem);
    }
}
