package org.tresccad.client.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CloudsTest {
    private static final String EDGE = """
            clouds:
              edge:
                auth:
                  auth_url: http://edge:8774/identity
                  username: me
                  password: pw
                  project_name: home
            """;

    @TempDir
    Path root;

    private Path working;
    private Path home;
    private Path system;
    private final Map<String, String> variables = new HashMap<>();

    @BeforeEach
    void makeDirectories() throws IOException {
        working = Files.createDirectories(root.resolve("work"));
        home = Files.createDirectories(root.resolve("home"));
        system = Files.createDirectories(root.resolve("etc"));
        Files.createDirectories(home.resolve(".config/openstack"));
    }

    @Test
    void readsNamesAndDefaultsDomains() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE);

        CloudConfig edge = load().chosen();

        assertThat(edge.name()).isEqualTo("edge");
        assertThat(edge.credentials().user()).isEqualTo(Principal.named("me", Principal.DEFAULT_DOMAIN));
        assertThat(edge.endpoints()).isEqualTo(CloudConfig.Endpoints.PUBLIC);
        assertThat(edge.trust()).isEqualTo(Trust.SYSTEM);
    }

    @Test
    void theWorkingDirectoryComesBeforeTheUsersAndTheSystems() throws IOException {
        write(system.resolve("clouds.yaml"), EDGE.replace("edge:\n", "fromsystem:\n"));
        assertThat(load().names()).containsExactly("fromsystem");
        write(home.resolve(".config/openstack/clouds.yml"), EDGE.replace("edge:\n", "fromhome:\n"));
        assertThat(load().names()).containsExactly("fromhome");
        write(working.resolve("clouds.yaml"), EDGE.replace("edge:\n", "fromwork:\n"));
        assertThat(load().names()).containsExactly("fromwork");
        Path other = root.resolve("other.yaml");
        write(other, EDGE.replace("edge:\n", "fromvariable:\n"));
        variables.put("OS_CLIENT_CONFIG_FILE", other.toString());
        assertThat(load().names()).containsExactly("fromvariable");
    }

    @Test
    void secureYamlIsLaidOverKeyByKey() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE.replace("      password: pw\n", ""));
        write(working.resolve("secure.yaml"), "clouds: {edge: {auth: {password: hidden}}}");

        Credentials credentials = load().cloud("edge").credentials();

        assertThat(credentials.password().reveal()).isEqualTo("hidden");
        assertThat(credentials.user().value()).isEqualTo("me");
    }

    @Test
    void variablesAloneMakeACloud() {
        variables.put("OS_AUTH_URL", "https://keystone:5000/v3");
        variables.put("OS_USER_ID", "u1");
        variables.put("OS_PASSWORD", "pw");
        variables.put("OS_PROJECT_NAME", "home");
        variables.put("OS_PROJECT_DOMAIN_NAME", "Corp");
        variables.put("OS_REGION_NAME", "north");

        CloudConfig cloud = load().chosen();

        assertThat(cloud.name()).isEqualTo("envvars");
        assertThat(cloud.credentials().user()).isEqualTo(Principal.id("u1"));
        assertThat(cloud.credentials().project()).isEqualTo(Principal.named("home", Principal.domain("Corp")));
        assertThat(cloud.endpoints().region()).contains("north");
    }

    @Test
    void osCloudChoosesAndAnUnknownNameListsTheKnown() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE);
        variables.put("OS_CLOUD", "nowhere");

        assertThatThrownBy(() -> load().chosen())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no cloud nowhere")
                .hasMessageContaining("edge");
    }

    @Test
    void aMissingKeyIsNamedWithItsFile() throws IOException {
        Path file = working.resolve("clouds.yaml");
        write(file, EDGE.replace("      project_name: home\n", ""));

        assertThatThrownBy(() -> load().cloud("edge"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": clouds.edge.auth.project_name: missing");
    }

    @Test
    void aMissingPasswordMayComeFromTheVariable() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE.replace("      password: pw\n", ""));
        assertThatThrownBy(() -> load().cloud("edge")).hasMessageContaining("auth.password: missing");
        variables.put("OS_PASSWORD", "typed");
        assertThat(load().cloud("edge").credentials().password().reveal()).isEqualTo("typed");
    }

    @Test
    void badYamlNamesTheFileAndLineButShowsNoPassword() throws IOException {
        Path file = working.resolve("clouds.yaml");
        write(file, EDGE.replace("username: me", "username: [me").replace("pw", "topsecret"));

        assertThatThrownBy(this::load)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("line ")
                .hasMessageNotContaining("topsecret");
    }

    @Test
    void aKeyGivenTwiceIsAnError() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE + "      username: you\n");
        assertThatThrownBy(this::load).isInstanceOf(ConfigException.class).hasMessageContaining("username");
    }

    @Test
    void readsTlsSshAndTresccadsOwnKeys() throws IOException {
        Files.createDirectories(home.resolve(".ssh"));
        write(home.resolve(".ssh/id_ed25519"), "key");
        write(working.resolve("ca.pem"), "pem");
        write(working.resolve("clouds.yaml"), EDGE + """
                            interface: internalURL
                            region_name: north
                            cacert: ca.pem
                            ssh: root@far.example.org:2222
                            tresccad: {projects: [home, lab]}
                        """);

        CloudConfig edge = load().cloud("edge");

        assertThat(edge.endpoints()).isEqualTo(new CloudConfig.Endpoints(Optional.of("north"), "internal"));
        assertThat(edge.trust()).isEqualTo(new Trust(Optional.of(working.resolve("ca.pem")), true));
        assertThat(edge.projects()).containsExactly("home", "lab");
        assertThat(edge.ssh())
                .contains(new SshAccess(
                        "root",
                        "far.example.org",
                        2222,
                        List.of(home.resolve(".ssh/id_ed25519")),
                        home.resolve(".ssh/known_hosts")));
    }

    @Test
    void wrongValuesAreNamedByKey() throws IOException {
        Path file = working.resolve("clouds.yaml");
        Map<String, String> complaints = Map.of(
                "verify: maybe", "clouds.edge.verify",
                "ssh: justahost", "clouds.edge.ssh",
                "cacert: /nonexistent.pem", "clouds.edge.cacert",
                "interface: sideways", "clouds.edge.interface",
                "auth_type: v3oidcpassword", "clouds.edge.auth_type",
                "tresccad: {projects: home}", "clouds.edge.tresccad.projects");
        for (Map.Entry<String, String> each : complaints.entrySet()) {
            write(file, EDGE + "    " + each.getKey() + "\n");
            assertThatThrownBy(() -> load().cloud("edge"))
                    .as(each.getKey())
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(each.getValue());
        }
        write(file, EDGE.replace("http://edge", "ftp://edge"));
        assertThatThrownBy(() -> load().cloud("edge")).hasMessageContaining("clouds.edge.auth.auth_url");
    }

    @Test
    void warnsOfAPasswordThatOthersCanRead() throws IOException {
        Path file = working.resolve("clouds.yaml");
        write(file, EDGE);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(load().warnings()).singleElement().asString().contains("chmod 600");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(load().warnings()).isEmpty();
    }

    @Test
    void aDaemonReadsOneFileAndNoVariables() throws IOException {
        Path file = root.resolve("clouds.yaml");
        write(file, EDGE);
        assertThat(Clouds.load(file).names()).containsExactly("edge");
        assertThatThrownBy(() -> Clouds.load(root.resolve("absent.yaml"))).hasMessageContaining("no such file");
    }

    @Test
    void nothingPrintsThePassword() throws IOException {
        write(working.resolve("clouds.yaml"), EDGE.replace("pw", "topsecret"));
        assertThat(load().cloud("edge").toString()).doesNotContain("topsecret").contains("***");
    }

    private Clouds load() {
        return Clouds.load(new Environment(variables, working, home, system));
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
