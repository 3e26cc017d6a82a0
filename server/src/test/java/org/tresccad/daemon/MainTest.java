package org.tresccad.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tresccad.daemon.config.Config;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

class MainTest {
    @TempDir
    Path directory;

    private final TestingDaemon daemon = new TestingDaemon();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void theDaemonRunsUntilItIsAskedToEnd() throws Exception {
        assertThat(run("--config", config("host: {name: edge-1}"), "--listen", "127.0.0.1:1234"))
                .isZero();
        assertThat(daemon.events).containsExactly("start edge-1 127.0.0.1:1234", "close");
        assertThat(text(out)).isEqualToIgnoringNewLines("ready");
    }

    @Test
    void namedFlagsAreSettings() throws Exception {
        assertThat(run(
                        "--config",
                        config(""),
                        "--state-dir",
                        "/srv/t",
                        "--log-level",
                        "debug",
                        "--set",
                        "api.threads=9",
                        "--show-config"))
                .isZero();
        assertThat(text(out).lines().map(line -> line.replaceAll(" +", " ")))
                .contains(
                        "host.state_dir /srv/t flag --state-dir",
                        "log.level debug flag --log-level",
                        "api.threads 9 flag --set");
        assertThat(daemon.events).isEmpty();
    }

    @Test
    void aBrokenConfigurationNamesEveryMistakeAndStartsNothing() throws Exception {
        String file = config("api: {lisen: x, threads: y}");
        assertThat(run("--config", file)).isEqualTo(Main.CONFIG_INVALID);
        assertThat(text(err)).contains("api.threads (" + file + ":1)", "did you mean api.listen?");
        assertThat(daemon.events).isEmpty();
    }

    @Test
    void checkingStartsNothing() throws Exception {
        assertThat(run("--config", config(""), "--check")).isZero();
        assertThat(text(out)).contains("in order");
        assertThat(daemon.events).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "hypervisor.machine, pc-q35-7.2",
        "hypervisor.machine, pc-i440fx",
        "hypervisor.timeout, 1h",
        "network.domain, Example.LAN",
        "network.cidr, 169.254.0.0/16",
        "network.cidr, 169.254.169.0/24",
    })
    void checkingFindsWhatTheAdaptersWouldRefuse(String key, String value) throws Exception {
        assertThat(run("--config", config(""), "--set", key + "=" + value, "--check"))
                .isEqualTo(Main.CONFIG_INVALID);
        assertThat(text(err)).contains(key + " (flag --set): ").doesNotContain("Exception");
    }

    @Test
    void cleaningUpIsAllItDoes() throws Exception {
        assertThat(run("--config", config("host: {name: edge-1}"), "--cleanup")).isZero();
        assertThat(daemon.events).containsExactly("cleanup edge-1");
    }

    @Test
    void aFailureToStartIsOneSentence() throws Exception {
        daemon.refusal = "The listener api cannot listen on 127.0.0.1:8774: Address already in use";
        assertThat(run("--config", config(""))).isEqualTo(Main.FAILED);
        assertThat(text(err)).isEqualToIgnoringNewLines("tresccad: " + daemon.refusal);
    }

    @Test
    void aWrongFlagIsTwo() {
        assertThat(run("--nonsense")).isEqualTo(2);
        assertThat(text(err)).contains("--nonsense");
    }

    @Test
    void theVersionIsPrinted() {
        assertThat(run("--version")).isZero();
        assertThat(text(out)).isEqualToIgnoringNewLines("tresccad development");
    }

    @Test
    void aPasswordFromStandardInputIsHashed() {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream("geheim\n".getBytes(UTF_8)));
        try {
            assertThat(run("hash-password")).isZero();
        } finally {
            System.setIn(before);
        }
        assertThat(text(out)).isEqualToIgnoringNewLines("hash of geheim");
    }

    @Test
    void readablePasswordsAreWarnedOf() throws Exception {
        assertThat(run("--config", config("users: [{name: alice, password: x}]"), "--check"))
                .isZero();
        assertThat(text(err)).startsWith("warning: The passwords of alice");
    }

    @Test
    void whatWasStartedIsClosedInReverseEvenIfOneFails() {
        List<String> closed = new ArrayList<>();
        Closing closing = new Closing();
        closing.add("first", () -> closed.add("first"));
        closing.add("second", () -> {
            throw new IllegalStateException("no");
        });
        closing.add("third", () -> closed.add("third"));
        closing.close();
        closing.close();
        assertThat(closed).containsExactly("third", "first");
    }

    private int run(String... args) {
        Lifetime atOnce = new Lifetime() {
            @Override
            void awaitEnd(Daemon.Running running) {
                running.close();
            }
        };
        return new Main(daemon, Map.of(), atOnce, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8))
                .run(args);
    }

    private String config(String yaml) throws Exception {
        return Files.writeString(directory.resolve("tresccad.yaml"), yaml).toString();
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(UTF_8);
    }

    private static final class TestingDaemon implements Daemon {
        final List<String> events = new ArrayList<>();
        String refusal = "";

        @Override
        public Running start(Config config) {
            if (!refusal.isEmpty()) {
                throw new TresccadException(ErrorKind.UNAVAILABLE, refusal);
            }
            events.add(
                    "start " + config.host().name() + " " + config.http().api().listen());
            return new Running() {
                @Override
                public String announcement() {
                    return "ready";
                }

                @Override
                public void close() {
                    events.add("close");
                }
            };
        }

        @Override
        public void cleanup(Config config) {
            events.add("cleanup " + config.host().name());
        }

        @Override
        public String hashPassword(String password) {
            return "hash of " + password;
        }
    }
}
