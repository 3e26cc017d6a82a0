package org.tresccad.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.tresccad.process.CommandFailed;

/** A guest as far as the network can tell: a namespace with one interface, a DHCP client and a few programs. */
final class TestingGuest {
    /** Seconds that are enough on a busy machine; what comes earlier ends the wait. */
    private static final String ENOUGH = "25";

    final String namespace;
    private final TestingHost host;
    private final Path script;
    private final Path lease;

    TestingGuest(TestingHost host, String namespace, Path directory) throws IOException {
        this.host = host;
        this.namespace = namespace;
        this.lease = directory.resolve(namespace + ".lease");
        this.script = directory.resolve("udhcpc.sh");
        Files.copy(
                Objects.requireNonNull(TestingGuest.class.getResourceAsStream("udhcpc.sh")),
                script,
                StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The host's own programs, to compare with a guest's. */
    static TestingGuest hostItself(TestingHost host) throws IOException {
        return new TestingGuest(host, "", host.directory);
    }

    /** Asks for an address; what the server said, by udhcpc's names. */
    Map<String, String> dhcp() throws IOException {
        assertThat(asksInVain(ENOUGH)).isFalse();
        Map<String, String> answer = new HashMap<>();
        for (String line : Files.readAllLines(lease)) {
            answer.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return answer;
    }

    /** Asks for an address {@code tries} times, a second apart; whether no server answered. */
    boolean asksInVain(String tries) throws IOException {
        Files.deleteIfExists(lease);
        try {
            run(
                    "env",
                    "LEASE=" + lease,
                    "busybox",
                    "udhcpc",
                    "-i",
                    "eth0",
                    "-f",
                    "-n",
                    "-q",
                    "-t",
                    tries,
                    "-T",
                    "1",
                    "-A",
                    "1",
                    "-O",
                    "mtu",
                    "-O",
                    "staticroutes",
                    "-O",
                    "hostname",
                    "-s",
                    script.toString());
        } catch (CommandFailed e) {
            // udhcpc ends with 1 when nobody answers.
        }
        return !Files.exists(lease);
    }

    /** The body of what a web server answers, or empty when it cannot be reached, however long it is waited for. */
    String get(String address, int port, String path) {
        return get(address, port, path, ENOUGH);
    }

    /** The same where no answer is expected, which is waited for only two seconds. */
    String getInVain(String address, int port, String path) {
        return get(address, port, path, "2");
    }

    private String get(String address, int port, String path, String seconds) {
        String request = "printf 'GET " + path + " HTTP/1.0\\r\\n\\r\\n' | busybox nc -w " + seconds + " " + address
                + " " + port;
        try {
            String answer = run("sh", "-c", request);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        } catch (CommandFailed e) {
            return "";
        }
    }

    String run(String... argv) {
        return namespace.isEmpty() ? host.run(argv) : host.in(namespace, argv);
    }
}
