package org.tresccad.client.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All clouds that the configuration names. Read as OpenStack clients do (os-client-config,
 * https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html): the first {@code clouds.yaml} of
 * {@code OS_CLIENT_CONFIG_FILE}, the working directory, the user's and the system's directory, with the first
 * {@code secure.yaml} of the same places laid over it.
 */
public final class Clouds {
    /** Name of the cloud that {@code OS_*} variables alone describe. */
    public static final String FROM_VARIABLES = "envvars";

    private static final List<String> EXTENSIONS = List.of(".yaml", ".yml", ".json");
    private static final Map<String, String> VARIABLES = Map.ofEntries(
            Map.entry("OS_AUTH_URL", "auth.auth_url"),
            Map.entry("OS_USERNAME", "auth.username"),
            Map.entry("OS_USER_ID", "auth.user_id"),
            Map.entry("OS_PASSWORD", "auth.password"),
            Map.entry("OS_PROJECT_NAME", "auth.project_name"),
            Map.entry("OS_TENANT_NAME", "auth.tenant_name"),
            Map.entry("OS_PROJECT_ID", "auth.project_id"),
            Map.entry("OS_USER_DOMAIN_NAME", "auth.user_domain_name"),
            Map.entry("OS_USER_DOMAIN_ID", "auth.user_domain_id"),
            Map.entry("OS_PROJECT_DOMAIN_NAME", "auth.project_domain_name"),
            Map.entry("OS_PROJECT_DOMAIN_ID", "auth.project_domain_id"),
            Map.entry("OS_DEFAULT_DOMAIN", "auth.default_domain"),
            Map.entry("OS_REGION_NAME", "region_name"),
            Map.entry("OS_INTERFACE", "interface"),
            Map.entry("OS_ENDPOINT_TYPE", "endpoint_type"),
            Map.entry("OS_AUTH_TYPE", "auth_type"),
            Map.entry("OS_CACERT", "cacert"),
            Map.entry("OS_INSECURE", "insecure"));

    private final Environment environment;
    private final Optional<CloudsFile> file;
    private final ObjectNode entries;
    private final List<String> warnings;

    private Clouds(Environment environment, Optional<CloudsFile> file, Optional<CloudsFile> secure) {
        this.environment = environment;
        this.file = file;
        this.entries = file.map(read -> read.clouds().deepCopy()).orElseGet(JsonNodeFactory.instance::objectNode);
        secure.ifPresent(over -> merge(entries, over.clouds()));
        this.warnings = Stream.concat(file.stream(), secure.stream())
                .flatMap(read -> read.exposure().stream())
                .toList();
    }

    /** Looks where OpenStack clients look. No file is no error: then only {@code OS_*} variables count. */
    public static Clouds load(Environment environment) {
        return new Clouds(
                environment,
                locate(environment, "OS_CLIENT_CONFIG_FILE", "clouds").map(CloudsFile::read),
                locate(environment, "OS_CLIENT_SECURE_FILE", "secure").map(CloudsFile::read));
    }

    /** Reads just {@code path}, and a {@code secure.yaml} beside it; no variables. For daemons. */
    public static Clouds load(Path path) {
        Path home = Path.of(System.getProperty("user.home"));
        Path directory = Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(path);
        Path secure = path.resolveSibling("secure.yaml");
        return new Clouds(
                new Environment(Map.of(), directory, home, directory),
                Optional.of(CloudsFile.read(path)),
                Files.exists(secure) ? Optional.of(CloudsFile.read(secure)) : Optional.empty());
    }

    /** Reads an entry that is not in a file yet; {@code source} is for complaints. */
    public static CloudConfig describe(String source, String name, Map<String, ?> entry, Environment environment) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        entry.forEach((key, value) -> {
            if (value instanceof Map<?, ?> nested) {
                ObjectNode inner = node.putObject(key);
                nested.forEach(
                        (innerKey, innerValue) -> inner.put(String.valueOf(innerKey), String.valueOf(innerValue)));
            } else {
                node.put(key, String.valueOf(value));
            }
        });
        return new CloudReader(source, "clouds." + name + ".", node, environment, environment.workingDirectory())
                .read(name);
    }

    /** The file that was read. */
    public Optional<Path> file() {
        return file.map(CloudsFile::path);
    }

    /** Names in the file's order, and {@link #FROM_VARIABLES} when {@code OS_AUTH_URL} is set. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        entries.fieldNames().forEachRemaining(names::add);
        if (environment.variable("OS_AUTH_URL").isPresent()) {
            names.add(FROM_VARIABLES);
        }
        return List.copyOf(names);
    }

    /** Things that work but should be put right, as sentences. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The cloud to use when the user named none: {@code OS_CLOUD}, else what {@code OS_AUTH_URL} and its companions
     * describe, else the only one in the file.
     *
     * @throws ConfigException when that is not clear, or the cloud is described wrongly
     */
    public CloudConfig chosen() {
        Optional<String> named = environment.variable("OS_CLOUD");
        if (named.isPresent()) {
            return cloud(named.get());
        }
        List<String> names = names();
        if (names.contains(FROM_VARIABLES)) {
            return cloud(FROM_VARIABLES);
        }
        if (names.size() == 1) {
            return cloud(names.get(0));
        }
        throw names.isEmpty()
                ? new ConfigException(
                        sourceName(),
                        "",
                        "no cloud is configured; write one with tresccac make_config, or set OS_CLOUD")
                : new ConfigException(
                        sourceName(), "clouds", "which one? Say --cloud NAME or set OS_CLOUD; known: " + names);
    }

    /**
     * The cloud called {@code name}. A password that the files lack is taken from {@code OS_PASSWORD}.
     *
     * @throws ConfigException when there is none, or it is described wrongly
     */
    public CloudConfig cloud(String name) {
        if (name.equals(FROM_VARIABLES) && !entries.has(name) && names().contains(name)) {
            return new CloudReader("environment", "", fromVariables(), environment, environment.workingDirectory())
                    .read(name);
        }
        JsonNode found = entries.path(name);
        if (found.isMissingNode()) {
            throw new ConfigException(sourceName(), "clouds", "no cloud " + name + "; known: " + names());
        }
        String prefix = "clouds." + name + ".";
        if (!(found instanceof ObjectNode entry)) {
            throw new ConfigException(sourceName(), "clouds." + name, "expected a mapping");
        }
        ObjectNode complete = entry.deepCopy();
        if (complete.path("auth") instanceof ObjectNode auth && !auth.hasNonNull("password")) {
            environment.variable("OS_PASSWORD").ifPresent(password -> auth.put("password", password));
        }
        Path base = file.flatMap(
                        read -> Optional.ofNullable(read.path().toAbsolutePath().getParent()))
                .orElseGet(environment::workingDirectory);
        return new CloudReader(sourceName(), prefix, complete, environment, base).read(name);
    }

    private ObjectNode fromVariables() {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        VARIABLES.forEach((variable, key) -> environment.variable(variable).ifPresent(value -> {
            if (key.startsWith("auth.")) {
                entry.withObjectProperty("auth").put(key.substring("auth.".length()), value);
            } else {
                entry.put(key, value);
            }
        }));
        return entry;
    }

    private String sourceName() {
        return file.map(read -> read.path().toString()).orElse("clouds.yaml");
    }

    private static Optional<Path> locate(Environment environment, String variable, String stem) {
        Optional<Path> explicit = environment.variable(variable).map(environment.workingDirectory()::resolve);
        if (explicit.isPresent()) {
            return explicit;
        }
        return Stream.of(environment.workingDirectory(), environment.userConfig(), environment.systemConfig())
                .flatMap(directory -> EXTENSIONS.stream().map(extension -> directory.resolve(stem + extension)))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static void merge(ObjectNode under, ObjectNode over) {
        over.properties().forEach(entry -> {
            JsonNode below = under.path(entry.getKey());
            if (below instanceof ObjectNode belowMap && entry.getValue() instanceof ObjectNode aboveMap) {
                merge(belowMap, aboveMap);
            } else {
                under.set(entry.getKey(), entry.getValue());
            }
        });
    }
}
