package org.tresccad.network.linux;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.process.Command;
import org.tresccad.process.CommandFailed;
import org.tresccad.process.Processes;
import org.tresccad.process.RealProcesses;
import org.tresccad.state.Database;

/**
 * The network namespace this JVM runs in, as a host: with an uplink to an "internet" (a namespace of its own, 198.51.100.2,
 * whose port 80 says who called), guests (namespaces, attached as taps would be), and everything removed at the end.
 */
final class TestingHost implements AutoCloseable {
    static final String UPLINK = "up0";
    static final String UPLINK_ADDRESS = "198.51.100.1";
    static final String INTERNET_ADDRESS = "198.51.100.2";
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    final Processes processes = new RealProcesses();
    final Path directory;
    final Database database;
    private final String prefix = "trit" + ProcessHandle.current().pid();
    private final List<String> namespaces = new ArrayList<>();
    private final List<String> taps = new ArrayList<>();
    private final List<Process> programs = new ArrayList<>();
    private final List<HttpServer> servers = new ArrayList<>();

    TestingHost() throws IOException {
        requireOwnNamespace();
        // In /tmp, where dnsmasq's user can reach it; JUnit's own directories are closed to others.
        directory = Files.createTempDirectory("tresccad-network");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        database = Database.open(directory.resolve("state.db"));
        run("ip", "link", "set", "lo", "up");
        String internet = namespace("inet");
        run("ip", "link", "add", UPLINK, "type", "veth", "peer", "name", "eth0", "netns", internet);
        run("ip", "address", "add", UPLINK_ADDRESS + "/24", "dev", UPLINK);
        run("ip", "link", "set", UPLINK, "up");
        run("ip", "route", "add", "default", "via", INTERNET_ADDRESS);
        in(internet, "ip", "address", "add", INTERNET_ADDRESS + "/24", "dev", "eth0");
        in(internet, "ip", "link", "set", "eth0", "up");
        // The kernel says so up to a second later, and fingerprints have it in them.
        await("the uplink has a carrier")
                .until(() -> run("ip", "-o", "link", "show", UPLINK).contains("state UP"));
        serveWhoCalls(internet);
    }

    /** Fails where a mistake would change the machine's own network. */
    private void requireOwnNamespace() {
        if (!"1".equals(System.getenv("TRESCCAD_IT_NETNS"))) {
            throw new IllegalStateException(
                    "This test changes bridges and packet filters. Run it in a network namespace"
                            + " of its own: TRESCCAD_IT_NETNS=1 unshare -n mvn ...");
        }
        // Init's namespace cannot always be looked at, but a network that is in use has addresses.
        if (new IpCommand(processes)
                .addresses().stream().anyMatch(address -> !address.device().equals("lo"))) {
            throw new IllegalStateException("TRESCCAD_IT_NETNS is set, but this network namespace is in use.");
        }
    }

    /** The network under test over this host's state; several over one state are the restarts of one daemon. */
    LinuxNetwork network(NetworkSettings settings) {
        return new LinuxNetwork(settings, directory.resolve("network"), database, processes);
    }

    /** A guest at {@code port}: a namespace whose eth0 has the port's MAC, the other end named and attached as its tap. */
    TestingGuest attach(Port port, String bridge) throws IOException {
        String namespace = namespace("g" + namespaces.size());
        run("ip", "link", "add", port.tap(), "type", "veth", "peer", "name", "eth0", "netns", namespace);
        taps.add(port.tap());
        run("ip", "link", "set", port.tap(), "master", bridge);
        run("ip", "link", "set", port.tap(), "up");
        in(namespace, "ip", "link", "set", "eth0", "address", port.mac().value());
        in(namespace, "ip", "link", "set", "eth0", "up");
        return new TestingGuest(this, namespace, directory);
    }

    /** A server on this host that answers every request with {@code answer} and the caller's address. */
    void serve(String address, int port, String answer) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 0);
        server.createContext("/", exchange -> {
            byte[] body = (answer + " for "
                            + exchange.getRemoteAddress().getAddress().getHostAddress())
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        servers.add(server);
    }

    /** Starts a web server in a namespace whose {@code /cgi-bin/who} answers with the caller's address. */
    void serveWhoCalls(String namespace) throws IOException {
        Path root = Files.createDirectories(directory.resolve("www/cgi-bin"));
        Path script = Files.writeString(
                root.resolve("who"),
                "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\ncalled by %s' \"$REMOTE_ADDR\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        start(
                "ip",
                "netns",
                "exec",
                namespace,
                "busybox",
                "httpd",
                "-f",
                "-p",
                "0.0.0.0:80",
                "-h",
                directory.resolve("www").toString());
    }

    /** Starts a program that {@link #close} ends. */
    Process start(String... argv) throws IOException {
        Process program = new ProcessBuilder(argv)
                .redirectOutput(directory.resolve("programs.log").toFile())
                .redirectErrorStream(true)
                .start();
        programs.add(program);
        return program;
    }

    String internet() {
        return namespaces.get(0);
    }

    String run(String... argv) {
        return processes.run(Command.of(TIMEOUT, argv));
    }

    String in(String namespace, String... argv) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(List.of(argv));
        return run(all.toArray(String[]::new));
    }

    /** What the daemon must not leave changed: devices, addresses and packet filters. */
    String fingerprint() {
        String devices = Stream.of(run("ip", "-o", "link"), run("ip", "-o", "-4", "address"))
                .flatMap(String::lines)
                .map(line -> line.replaceFirst("^[0-9]+: ", "").strip())
                .sorted()
                .reduce("", (a, b) -> a + "\n" + b);
        String rules = Stream.of(run("iptables-save"), run("ip6tables-save"), run("nft", "list", "tables", "bridge"))
                .flatMap(String::lines)
                // Comments have the time, chains their counters.
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll("\\[[0-9]+:[0-9]+]", ""))
                .reduce("", (a, b) -> a + "\n" + b);
        return devices + rules;
    }

    private String namespace(String suffix) {
        String name = prefix + suffix;
        run("ip", "netns", "add", name);
        namespaces.add(name);
        in(name, "ip", "link", "set", "lo", "up");
        return name;
    }

    @Override
    public void close() throws IOException {
        servers.forEach(server -> server.stop(0));
        for (Process program : programs) {
            program.destroy();
            try {
                if (!program.waitFor(60, TimeUnit.SECONDS)) {
                    program.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (String namespace : namespaces) {
            run("ip", "netns", "delete", namespace);
        }
        // A namespace goes when its last socket is closed, and takes its veth pairs along; do not wait for that.
        ipQuietly("link", "delete", UPLINK);
        taps.forEach(tap -> ipQuietly("link", "delete", tap));
        database.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void ipQuietly(String... arguments) {
        try {
            new IpCommand(processes).change(arguments);
        } catch (CommandFailed e) {
            // Gone already.
        }
    }
}
