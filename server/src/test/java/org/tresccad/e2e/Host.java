package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.sqlite.SQLiteConfig;

/** One host of a {@link World}. */
final class Host {
    private final World world;
    private final String name;
    private final String address;
    private final Path directory;

    Host(World world, String name, String address, Path directory) {
        this.world = world;
        this.name = name;
        this.address = address;
        this.directory = directory;
    }

    /** Its name, which is also the name of its cloud. */
    String name() {
        return name;
    }

    /** Its address in the internet, from which its guests' packets come too. */
    String address() {
        return address;
    }

    /** Its {@code /var/lib/tresccad}, seen from outside. */
    Path state() {
        return directory.resolve("state");
    }

    /** Where its processes' outputs are. */
    Path logs() {
        return directory.resolve("log");
    }

    /** Its {@link Failpoint#DIRECTORY}, seen from outside. */
    Path run() {
        return directory.resolve("run");
    }

    /** How many lines of the daemon's log, in all its lives, have this in them. */
    long logged(String text) {
        try (Stream<String> lines = Files.lines(logs().resolve("tresccad.log"))) {
            return lines.filter(line -> line.contains(text)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes the daemon's configuration, which it reads when it starts. */
    void configure(UnaryOperator<String> change) {
        Path file = directory.resolve("etc/tresccad.yaml");
        try {
            Files.writeString(file, change.apply(Files.readString(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The API as the ordinary user. */
    Api api() {
        return world.api(this, "demo", "demo");
    }

    /** Runs a program inside the host. */
    Outcome exec(String... command) {
        return world.hosts(Stream.concat(Stream.of("exec", name), Stream.of(command)));
    }

    /** Starts, stops, kills (as by a power cut) or restarts the daemon; returns when that is done. */
    void daemon(String verb) {
        world.daemon(this, verb);
    }

    /** The same with libvirtd; guests run on without it. */
    void libvirtd(String verb) {
        world.hosts(Stream.of("libvirtd", name, verb)).succeeded();
    }

    /** Cuts or mends the cable: {@code down}, {@code up}; limits it: {@code rate 5mbit}, {@code rate none}. */
    void link(String... how) {
        world.hosts(Stream.concat(Stream.of("link", name), Stream.of(how))).succeeded();
    }

    /** The daemon's process. */
    ProcessHandle daemonProcess() {
        try {
            return ProcessHandle.of(Long.parseLong(
                            Files.readString(directory.resolve("tresccad.pid")).strip()))
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many files and sockets the daemon has open. */
    int daemonOpenFiles() {
        return daemonHas("fd");
    }

    /** How many threads the daemon has. */
    int daemonThreads() {
        return daemonHas("task");
    }

    private int daemonHas(String directory) {
        try (Stream<Path> entries =
                Files.list(Path.of("/proc/" + daemonProcess().pid() + "/" + directory))) {
            return Math.toIntExact(entries.count());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names of the domains libvirt has, running or not. */
    List<String> domains() {
        return exec("virsh", "-q", "-c", "qemu:///system", "list", "--all", "--name")
                .succeeded()
                .out()
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    /** Kills the QEMU of every domain, as the kernel does when memory runs out. */
    void killQemus() {
        for (String domain : domains()) {
            // It may have ended by itself meanwhile; then there is nothing to kill.
            exec("sh", "-c", "kill -KILL \"$(cat /run/libvirt/qemu/" + domain + ".pid)\"");
        }
    }

    /**
     * Loses the daemon, its guests and all it knew; then it starts again, as a new host with the old name, address and
     * certificate.
     */
    void wipe() {
        daemon("kill");
        killQemus();
        await("domains to be gone").until(() -> domains().isEmpty());
        // What the daemon left running ends soon after it, and until then may still write.
        await("the state to be gone").until(() -> {
            remove();
            return PresentFiles.below(state()).stream().noneMatch(this::isLost);
        });
        world.logOut(this);
        daemon("start");
    }

    private void remove() {
        try {
            for (Path file : PresentFiles.below(state()).stream()
                    .filter(this::isLost)
                    .sorted(Comparator.reverseOrder())
                    .toList()) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryNotEmptyException written) {
            // Looked at again by the caller.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isLost(Path file) {
        return !file.equals(state()) && !file.startsWith(state().resolve("tls"));
    }

    /** First column of a query of the daemon's database, while it runs or not. */
    List<String> query(String sql) {
        String url = "jdbc:sqlite:file:" + state().resolve("tresccad.db") + "?mode=ro";
        // A daemon that starts after a crash has the database to itself for a moment, on a busy machine for longer.
        SQLiteConfig settings = new SQLiteConfig();
        settings.setBusyTimeout(Math.toIntExact(World.PATIENCE.toMillis()));
        try (Connection connection = DriverManager.getConnection(url, settings.toProperties());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(name + ": " + sql, e);
        }
    }

    /** Everything that a host has per guest now, for one who waits until it is what it shall be. */
    Inventory inventory() {
        return Inventory.of(this);
    }

    /** Waits until nothing is under way or left to be removed; what the host has then, to be compared with later. */
    Inventory restingInventory() {
        return Resting.inventoryOf(this);
    }
}
