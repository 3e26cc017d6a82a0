package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A set of hosts with running daemons, and an internet with clients and an observer. Used as a static
 * {@code @RegisterExtension}: it is up before the first test of the class and gone after the last, also when the JVM is
 * told to end before. When a test has failed, the hosts' logs and consoles are kept in {@code target/e2e-logs/CLASS}.
 */
final class World implements BeforeAllCallback, AfterTestExecutionCallback, AfterAllCallback {
    /** Where guests send their beacons. */
    static final String OBSERVER = "198.18.0.1";

    static final int OBSERVER_PORT = 9999;
    /** For anything that takes a second or two on an idle machine: a busy one must not fail a test. */
    static final Duration PATIENCE = Duration.ofMinutes(4);

    /** Both builds do nothing when bin/test has done them. */
    private static final Duration BUILD = Duration.ofMinutes(15);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final AtomicInteger SETS = new AtomicInteger();
    private static final int FIRST_ADDRESS = 11;

    private final String set = "e2e" + ProcessHandle.current().pid() + "x" + SETS.incrementAndGet();
    private final List<String> names;
    private final List<String> options;
    private final boolean canBeHeld;
    private final String config;
    private final Map<String, Api> apis = new ConcurrentHashMap<>();
    private final Thread hook = new Thread(this::takeDown, "take down " + set);
    private Optional<Observer> observer = Optional.empty();
    private boolean hasFailed;

    private World(List<String> names, List<String> options, boolean canBeHeld, String config) {
        this.names = names;
        this.options = options;
        this.canBeHeld = canBeHeld;
        this.config = config;
    }

    /** Hosts with these names; the first has the address 198.18.0.11. */
    static World of(String... names) {
        return new World(List.of(names), List.of(), false, "");
    }

    /** The same, with the disk of one host's state limited to {@code size}, such as {@code 300M}. */
    World withDiskLimit(String host, String size) {
        List<String> more = new ArrayList<>(options);
        more.addAll(List.of("--disk-limit", host + "=" + size));
        return new World(names, List.copyOf(more), canBeHeld, config);
    }

    /** The same, with daemons that a {@link Failpoint} can hold. */
    World withFailpoints() {
        return new World(names, options, true, config);
    }

    /** The same, with more keys in the configuration of each daemon: whole sections, such as {@code migration:}. */
    World withConfig(String yaml) {
        return new World(names, options, canBeHeld, yaml);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(PATIENCE);
        Awaitility.setDefaultPollInterval(POLL);
        Runtime.getRuntime().addShutdownHook(hook);
        run(BUILD, List.of("bin/build")).succeeded();
        run(BUILD, List.of("test-vms/build")).succeeded();
        hosts(Stream.of(Stream.of("up"), options.stream(), names.stream()).flatMap(parts -> parts))
                .succeeded();
        names.stream().map(this::host).forEach(host -> host.configure(yaml -> yaml + config));
        if (canBeHeld) {
            Failpoint.writeAgent(agent());
        }
        observer = Optional.of(new Observer(List.of(
                "bin/hosts",
                "exec",
                "--set",
                set,
                "internet",
                "java",
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classesOf(BeaconReceiver.class).toString(),
                BeaconReceiver.class.getName(),
                OBSERVER,
                Integer.toString(OBSERVER_PORT))));
        atOnce(names.stream().map(this::host).map(host -> () -> host.daemon("start")));
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        hasFailed |= context.getExecutionException().isPresent();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        hasFailed |= context.getExecutionException().isPresent();
        try {
            if (hasFailed) {
                keepLogs(Programs.REPOSITORY
                        .resolve("target/e2e-logs")
                        .resolve(context.getRequiredTestClass().getSimpleName()));
            }
        } finally {
            takeDown();
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    /** One of the hosts. */
    Host host(String name) {
        int number = names.indexOf(name);
        if (number < 0) {
            throw new IllegalArgumentException("no host " + name + " among " + names);
        }
        return new Host(
                this, name, "198.18.0." + (FIRST_ADDRESS + number), directory().resolve(name));
    }

    /** The clients' clouds.yaml. */
    Path clouds() {
        return directory().resolve("clouds.yaml");
    }

    /** A host's API as one of its users: demo, admin and reader of project demo, other of project other. */
    Api api(Host host, String user, String project) {
        return apis.computeIfAbsent(
                host.name() + " " + user + " " + project, key -> new Api(this, host, user, project));
    }

    /** Forgets who is logged in at a host that has forgotten it, too. */
    void logOut(Host host) {
        apis.keySet().removeIf(key -> key.startsWith(host.name() + " "));
    }

    /** Starts, stops, kills (as by a power cut) or restarts a host's daemon; returns when that is done. */
    void daemon(Host host, String verb) {
        Map<String, String> environment = canBeHeld
                ? Map.of("TRESCCAD_JAVA_OPTIONS", "-javaagent:" + agent() + "=" + Failpoint.DIRECTORY)
                : Map.of();
        Programs.run(PATIENCE, environment, List.of("bin/hosts", "daemon", "--set", set, host.name(), verb))
                .succeeded();
    }

    /** What the observer heard. */
    Observer observer() {
        return observer.orElseThrow(() -> new IllegalStateException("the world is not up"));
    }

    /** The command line, with the clouds {@code HOST}, {@code HOST-admin}, {@code HOST-reader}, {@code HOST-other}. */
    Outcome tresccac(String... arguments) {
        return inInternet(Stream.concat(Stream.of("bin/tresccac"), Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    /** The unmodified OpenStack client. */
    Outcome openstack(String cloud, String... arguments) {
        return inInternet(Stream.concat(Stream.of("openstack", "--os-cloud", cloud), Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    /** Runs any program in the internet. */
    Outcome inInternet(String... command) {
        return hosts(Stream.concat(Stream.of("exec", "internet"), Arrays.stream(command)));
    }

    /** A program that runs in a host, or in {@code internet}, until its user ends it; its error output is ours. */
    Process start(String where, String... command) {
        List<String> all = new ArrayList<>(List.of("bin/hosts", "exec", "--set", set, where));
        all.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(all)
                .directory(Programs.REPOSITORY.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        Programs.clean(builder.environment());
        builder.environment().put("OS_CLIENT_CONFIG_FILE", clouds().toString());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Boots a test guest of the kind {@code agent} and waits until it counts and knows its lineage. */
    Guest spawn(Host host, String name) {
        return Guest.spawn(this, host, name, "agent");
    }

    /** {@code bin/hosts COMMAND --set SET REST...}, where the first of {@code arguments} is the command. */
    Outcome hosts(Stream<String> arguments) {
        List<String> command = new ArrayList<>(List.of("bin/hosts"));
        arguments.forEach(command::add);
        command.addAll(2, List.of("--set", set));
        return run(PATIENCE, command);
    }

    /** Does several things at the same time and waits for all. */
    static void atOnce(Stream<Runnable> actions) {
        CompletableFuture<?>[] all = actions.map(
                        action -> CompletableFuture.runAsync(action, task -> new Thread(task).start()))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(all).join();
    }

    private Outcome run(Duration limit, List<String> command) {
        return Programs.run(limit, Map.of("OS_CLIENT_CONFIG_FILE", clouds().toString()), command);
    }

    private Path directory() {
        return Path.of(Optional.ofNullable(System.getenv("TRESCCAD_HOSTS_DIR")).orElse("/var/tmp/tresccad-hosts"), set);
    }

    private Path agent() {
        return directory().resolve("agent.jar");
    }

    private static Path classesOf(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private void takeDown() {
        observer.ifPresent(Observer::close);
        run(PATIENCE, List.of("bin/hosts", "down", "--set", set)).succeeded();
    }

    /** Logs of the processes and consoles of the guests, all in one directory. */
    private void keepLogs(Path target) {
        try {
            Files.createDirectories(target);
            for (String name : names) {
                List<Path> sources = new ArrayList<>();
                Path host = directory().resolve(name);
                for (String part : List.of("log", "log-libvirt", "state/instances")) {
                    PresentFiles.below(host.resolve(part)).stream()
                            .filter(file -> file.toString().endsWith(".log"))
                            .forEach(sources::add);
                }
                for (Path source : sources) {
                    String flat =
                            name + "-" + host.relativize(source).toString().replace('/', '-');
                    try {
                        Files.copy(source, target.resolve(flat), StandardCopyOption.REPLACE_EXISTING);
                    } catch (NoSuchFileException gone) {
                        // A guest that is just being removed takes its console with it.
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
