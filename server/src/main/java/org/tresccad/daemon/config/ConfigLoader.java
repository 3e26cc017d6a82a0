package org.tresccad.daemon.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Builds the configuration from its sources, in rising order: built-in defaults, the YAML file, {@code TRESCCAD_*}
 * variables, flags.
 */
public final class ConfigLoader {
    private final String hostname;
    private final Map<String, String> environment;
    private final Map<String, Entry> flags = new LinkedHashMap<>();

    /**
     * A loader without flags.
     *
     * @param hostname default of {@code host.name}
     * @param environment the process's; only {@code TRESCCAD_*} is looked at
     */
    public ConfigLoader(String hostname, Map<String, String> environment) {
        this.hostname = hostname;
        this.environment = Map.copyOf(environment);
    }

    /** Sets {@code key} stronger than any other source; {@code flag} is what the operator wrote, {@code --listen}. */
    public void set(String key, String value, String flag) {
        flags.put(key, new Entry(value, "flag " + flag));
    }

    /**
     * Loads and checks everything.
     *
     * @param file empty: no file at all
     * @throws ConfigInvalid with all problems found
     */
    public LoadedConfig load(Optional<Path> file) throws ConfigInvalid {
        List<Problem> problems = new ArrayList<>();
        List<Layer> layers = new ArrayList<>();
        layers.add(new WrittenLayer(flags));
        layers.add(new EnvironmentLayer(environment));
        file.ifPresent(path -> layers.add(YamlFile.read(path, problems)));
        ConfigReader in = new ConfigReader(layers);
        HostConfig host = HostConfig.read(in.section("host"), hostname);
        ApiConfig api = ApiConfig.read(in.section("api"));
        GuestApiConfig guestApi = GuestApiConfig.read(in.section("guest_api"));
        HypervisorConfig hypervisor = HypervisorConfig.read(in.section("hypervisor"));
        NetworkConfig network = NetworkConfig.read(in.section("network"));
        MovesConfig moves = MovesConfig.read(in);
        TenancyConfig tenancy = TenancyConfig.read(in);
        LogConfig log = LogConfig.read(in.section("log"));
        problems.addAll(in.problems());
        if (!problems.isEmpty()) {
            throw new ConfigInvalid(problems);
        }
        return new LoadedConfig(
                new Config(host, new HttpConfig(api, guestApi), hypervisor, network, tenancy, moves),
                log,
                in.settings(),
                file.map(path -> warnings(path, tenancy)).orElse(List.of()));
    }

    private static List<String> warnings(Path file, TenancyConfig tenancy) {
        List<String> names = tenancy.users().stream()
                .filter(user -> user.credential().isPlain())
                .map(UserConfig::name)
                .toList();
        if (names.isEmpty() || onlyOwnerReads(file)) {
            return List.of();
        }
        return List.of("The passwords of " + String.join(", ", names) + " stand in " + file
                + ", which others than its owner may read; chmod 600 it, or put hashes in it"
                + " (tresccad hash-password).");
    }

    private static boolean onlyOwnerReads(Path file) {
        try {
            Set<PosixFilePermission> others =
                    EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
            others.retainAll(Files.getPosixFilePermissions(file));
            return others.isEmpty();
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
