package org.tresccad.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.identity.Role;
import org.tresccad.network.Ipv4;

class ConfigLoaderTest {
    private static final String HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA";

    @TempDir
    Path directory;

    @Test
    void everyKeyHasTheDocumentedDefault() throws Exception {
        String settings = ConfigTable.of(loader(Map.of()).load(Optional.empty()).settings());
        Path golden = Path.of("src/test/resources/org/tresccad/daemon/config/defaults.txt");
        assertThat(settings).isEqualTo(Files.readString(golden));
    }

    @Test
    void theExampleFileHasEveryKeyWithItsDefault() throws Exception {
        Path example = Path.of("../config/tresccad.yaml");
        List<Setting> defaults = loader(Map.of()).load(Optional.empty()).settings();
        List<Setting> written = loader(Map.of()).load(Optional.of(example)).settings();
        assertThat(written)
                .extracting(Setting::key, Setting::value)
                .isEqualTo(defaults.stream()
                        .map(s -> org.assertj.core.groups.Tuple.tuple(s.key(), s.value()))
                        .toList());
        // Keys without a default stand there without a value, and so keep the origin "default".
        assertThat(written)
                .filteredOn(setting -> setting.origin().equals("default"))
                .extracting(Setting::key)
                .containsExactly("host.name", "api.certificate", "api.key", "network.uplink");
        assertThat(Files.readString(example)).contains("  name:\n", "  certificate:\n", "  key:\n");
    }

    @Test
    void laterSourcesWinAndSayWhoTheyAre() throws Exception {
        Path file = yaml("api:\n  threads: 10\n  max_connections: 10\n  idle_timeout: 10s\n");
        ConfigLoader loader = loader(Map.of("TRESCCAD_API_MAX_CONNECTIONS", "20", "TRESCCAD_API_IDLE_TIMEOUT", "20s"));
        loader.set("api.idle_timeout", "30s", "--set");
        LoadedConfig loaded = loader.load(Optional.of(file));
        HttpLimits limits = loaded.config().http().api().limits();
        assertThat(limits.threads()).isEqualTo(10);
        assertThat(limits.connections()).isEqualTo(20);
        assertThat(limits.idleTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(loaded.settings())
                .contains(
                        new Setting("api.threads", "10", file + ":2"),
                        new Setting("api.max_connections", "20", "environment TRESCCAD_API_MAX_CONNECTIONS"),
                        new Setting("api.idle_timeout", "30s", "flag --set"),
                        new Setting("api.stall_timeout", "60s", "default"));
    }

    @Test
    void everyValueArrivesInItsType() throws Exception {
        Path file = yaml("""
                host: {name: edge-1, reserve_memory: 1GiB}
                api: {listen: "198.18.0.11:8774", max_upload: 500MB}
                hypervisor: {virt_type: qemu, cpu: Nehalem, machine: pc-i440fx-7.2, timeout: 500ms,
                             accept_newer_qemu: true}
                network:
                  cidr: 10.1.2.0/25
                  nameservers: [192.0.2.1, 192.0.2.2]
                  reserved:
                    - 10.1.2.9
                  uplink: eth1
                  mtu: auto
                guests: {allow_migration: never, migration_rate: 3/m, prepare_time: 0, longest_delay: 5m}
                migration: {package_timeout: 10m}
                projects: [{name: demo}]
                users:
                  - name: alice
                    password_hash: "%s"
                    projects: [{name: demo, roles: [member, reader]}]
                flavors: [{name: one, vcpus: 1, ram_mib: 64, disk_gib: 0}]
                """.formatted(HASH));
        Config config = loader(Map.of()).load(Optional.of(file)).config();
        assertThat(config.host())
                .extracting(HostConfig::name, HostConfig::reserveMemoryBytes)
                .containsExactly("edge-1", 1L << 30);
        assertThat(config.http().api().listen()).isEqualTo(new HostPort("198.18.0.11", 8774));
        assertThat(config.http().api().tls().enabled()).isTrue();
        assertThat(config.http().api().maxUploadBytes()).isEqualTo(500_000_000);
        assertThat(config.hypervisor().virtType()).contains(VirtType.QEMU);
        assertThat(config.hypervisor().cpu().model()).contains("Nehalem");
        assertThat(config.hypervisor().acceptsNewerQemu()).isTrue();
        assertThat(config.hypervisor().machine()).contains("pc-i440fx-7.2");
        assertThat(config.hypervisor().timeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.network().addresses().subnet()).hasToString("10.1.2.0/25");
        assertThat(config.network().addresses().reserved()).containsExactly(Ipv4.parse("10.1.2.9"));
        assertThat(config.network().dns().nameservers())
                .containsExactly(Ipv4.parse("192.0.2.1"), Ipv4.parse("192.0.2.2"));
        assertThat(config.network().outside().uplink()).contains("eth1");
        assertThat(config.network().mtu()).isEmpty();
        assertThat(config.moves().guests().allowMigration()).isEqualTo(MovesConfig.AllowMigration.NEVER);
        assertThat(config.moves().guests().migrationRate()).isEqualTo(new Rate(3, Duration.ofMinutes(1)));
        assertThat(config.moves().guests().prepareTime()).isZero();
        assertThat(config.moves().guests().longestDelay()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.moves().migration().packageTimeout()).isEqualTo(Duration.ofMinutes(10));
        UserConfig alice = config.tenancy().users().get(0);
        assertThat(alice.credential().hash(plain -> "hashed again")).isEqualTo(HASH);
        assertThat(alice.memberships())
                .containsExactly(new UserConfig.Membership("demo", Set.of(Role.MEMBER, Role.READER)));
        assertThat(config.tenancy().flavors()).containsExactly(new FlavorConfig("one", 1, 64, 0));
    }

    @Test
    void oneRunNamesEveryMistake() throws Exception {
        Path file = yaml("""
                api:
                  listen: localhost
                  threads: many
                network: {cidr: 10.77.0.5/24}
                hypervisor: {cpu: host-passthrough, virt_type: xen}
                """);
        assertThat(problems(loader(Map.of("TRESCCAD_LOG_LEVEL", "loud")), file))
                .containsExactly(
                        "api.listen (" + file
                                + ":2): \"localhost\" is not an address and a port such as 127.0.0.1:8774",
                        "api.threads (" + file + ":3): \"many\" is not a whole number between 4 and 4096",
                        "hypervisor.virt_type (" + file + ":5): \"xen\" is not one of auto, kvm, qemu",
                        "hypervisor.cpu (" + file + ":5): what runs on \"host-passthrough\" cannot move;"
                                + " use portable, host-baseline, destinations-baseline or a named model",
                        "network.cidr (" + file + ":4): 10.77.0.5/24 is an address inside a network;"
                                + " the network is 10.77.0.0/24",
                        "log.level (environment TRESCCAD_LOG_LEVEL): \"loud\" is not one of error, warn, info, debug, trace");
    }

    @ParameterizedTest
    @CsvSource({
        "api.lisen, api.listen",
        "listen, api.listen",
        "guestapi.port, guest_api.port",
        "projcts[0].name, projects",
        "network.nameserver, network.nameservers",
        "api.listen.port, api.listen",
        "quotas.instance, quotas.instances",
    })
    void anUnknownKeyStopsTheStartAndNamesTheNearest(String written, String meant) throws Exception {
        ConfigLoader loader = loader(Map.of());
        loader.set(written, "1", "--set");
        assertThat(problems(loader, yaml("")))
                .containsExactly(written + " (flag --set): there is no such key; did you mean " + meant + "?");
    }

    @Test
    void anUnknownVariableStopsTheStart() throws Exception {
        assertThat(problems(loader(Map.of("TRESCCAD_API_LISTN", "x", "OTHER_THING", "y")), yaml("")))
                .containsExactly(
                        "api_listn (environment TRESCCAD_API_LISTN): there is no such key; did you mean api.listen?");
    }

    @Test
    void aKeyUnlikeAnyOtherGetsNoHint() throws Exception {
        assertThat(problems(loader(Map.of()), yaml("zzz: 1\n")))
                .singleElement()
                .asString()
                .endsWith("there is no such key");
    }

    @Test
    void variablesAndFlagsReachIntoLists() throws Exception {
        Path file = yaml(
                "projects: [{name: demo}]\nusers: [{name: a, password: old, projects: [{name: demo, roles: [admin]}]}]\n");
        ConfigLoader loader = loader(Map.of("TRESCCAD_USERS_0__PASSWORD", "new"));
        loader.set("projects[1].name", "second", "--set");
        TenancyConfig tenancy = loader.load(Optional.of(file)).config().tenancy();
        assertThat(tenancy.projects()).extracting(ProjectConfig::name).containsExactly("demo", "second");
        assertThat(tenancy.users().get(0).credential().hash(plain -> "hash of " + plain))
                .isEqualTo("hash of new");
    }

    @Test
    void secretsAreNeverShown() throws Exception {
        Path file = yaml("users: [{name: a, password: hunter2hunter2}, {name: b, password_hash: '" + HASH + "'}]\n");
        LoadedConfig loaded = loader(Map.of()).load(Optional.of(file));
        assertThat(ConfigTable.of(loaded.settings()))
                .contains("users[0].password")
                .doesNotContain("hunter2", "argon2id");
        assertThat(loaded.config().toString()).doesNotContain("hunter2", "argon2id");
        assertThat(problems(loader(Map.of()), yaml("users: [{name: a, password_hash: hunter2}]\n"))
                        .toString())
                .doesNotContain("hunter2");
    }

    @Test
    void aPlainPasswordInAReadableFileIsWarnedOf() throws Exception {
        Path file = yaml("users: [{name: alice, password: secret}]\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(loader(Map.of()).load(Optional.of(file)).warnings())
                .singleElement()
                .asString()
                .contains("alice", "chmod 600");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(loader(Map.of()).load(Optional.of(file)).warnings()).isEmpty();
    }

    @Test
    void usersAreCheckedAgainstProjects() throws Exception {
        Path file = yaml("""
                projects: [{name: demo}, {name: demo}]
                users:
                  - name: a
                    projects: [{name: dmo, roles: [member]}, {name: demo, roles: [boss]}]
                  - password: x
                    password_hash: "%s"
                """.formatted(HASH));
        assertThat(problems(loader(Map.of()), file))
                .anySatisfy(p -> assertThat(p).startsWith("projects[1].name").contains("more than once"))
                .anySatisfy(p -> assertThat(p).startsWith("users[0].password ").contains("either"))
                .anySatisfy(p ->
                        assertThat(p).startsWith("users[0].projects[0].name").contains("no project \"dmo\""))
                .anySatisfy(p ->
                        assertThat(p).startsWith("users[0].projects[1].roles").contains("\"boss\" is not one of"))
                .anySatisfy(p -> assertThat(p).startsWith("users[1].name").contains("missing"))
                .anySatisfy(p -> assertThat(p).startsWith("users[1].password ").contains("either"));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8774, auto, false",
        "127.0.0.1:8774, on, true",
        "'[::1]:8774', auto, false",
        "0.0.0.0:8774, auto, true",
        "'[::]:8774', auto, true",
    })
    void tlsIsSpokenUnlessTheAddressIsLoopback(String listen, String tls, boolean enabled) throws Exception {
        ConfigLoader loader = loader(Map.of("TRESCCAD_API_LISTEN", listen, "TRESCCAD_API_TLS", tls));
        assertThat(loader.load(Optional.empty()).config().http().api().tls().enabled())
                .isEqualTo(enabled);
    }

    @Test
    void plainHttpIsRefusedWhereOthersCanReachIt() {
        ConfigLoader loader = loader(Map.of("TRESCCAD_API_LISTEN", "0.0.0.0:8774", "TRESCCAD_API_TLS", "off"));
        ConfigInvalid invalid = catchThrowableOfType(ConfigInvalid.class, () -> loader.load(Optional.empty()));
        assertThat(invalid.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.key()).isEqualTo("api.tls");
            assertThat(problem.message()).contains("only allowed on a loopback address", "0.0.0.0:8774");
        });
    }

    @Test
    void aKeyWithoutItsCertificateIsRefused() throws Exception {
        assertThat(problems(loader(Map.of()), yaml("api: {key: /etc/key.pem}\n")))
                .singleElement()
                .asString()
                .startsWith("api.certificate")
                .contains("come together");
    }

    @Test
    void brokenYamlIsOneSentenceWithALine() throws Exception {
        Path file = yaml("api:\n  listen: [\n");
        assertThat(problems(loader(Map.of()), file))
                .first()
                .asString()
                .matches("\\(file\\) \\(.*:3\\): it is not YAML: .*");
    }

    @Test
    void aKeySetTwiceIsRefused() throws Exception {
        Path file = yaml("api: {threads: 8}\nlog: {level: info}\napi: {threads: 9}\n");
        assertThat(problems(loader(Map.of()), file))
                .containsExactly("api.threads (" + file + ":3): it is set twice, first at " + file + ":1");
    }

    @Test
    void aFileThatIsNotThereIsSaid() {
        ConfigInvalid invalid = catchThrowableOfType(
                ConfigInvalid.class, () -> loader(Map.of()).load(Optional.of(directory.resolve("none.yaml"))));
        assertThat(invalid).hasMessageContaining("none.yaml").hasMessageContaining("there is no such file");
    }

    @Test
    void tagsInTheFileMakeNoObjects() throws Exception {
        assertThat(problems(loader(Map.of()), yaml("api: !!java.io.File [/x]\n")))
                .singleElement()
                .asString()
                .contains("Global tag is not allowed");
    }

    @Test
    void anEmptyListReplacesTheDefaultFlavors() throws Exception {
        assertThat(loader(Map.of())
                        .load(Optional.of(yaml("flavors: []\n")))
                        .config()
                        .tenancy()
                        .flavors())
                .isEmpty();
    }

    @Test
    void dollarsAndBracesStayAsTheyAre() throws Exception {
        Path file = yaml("users: [{name: a, password: 'p${x}$y,\\z'}]\n");
        Credential credential = loader(Map.of())
                .load(Optional.of(file))
                .config()
                .tenancy()
                .users()
                .get(0)
                .credential();
        assertThat(credential.hash(plain -> plain)).isEqualTo("p${x}$y,\\z");
    }

    private static ConfigLoader loader(Map<String, String> environment) {
        return new ConfigLoader("this-host", environment);
    }

    private Path yaml(String text) throws IOException {
        Path file = Files.createTempFile(directory, "config", ".yaml");
        return Files.writeString(file, text);
    }

    private static List<String> problems(ConfigLoader loader, Path file) {
        ConfigInvalid invalid = catchThrowableOfType(ConfigInvalid.class, () -> loader.load(Optional.of(file)));
        assertThat(invalid).as("the configuration is refused").isNotNull();
        return invalid.problems().stream().map(Problem::toString).toList();
    }
}
