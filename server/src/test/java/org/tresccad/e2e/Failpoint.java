package org.tresccad.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.ByteBuddy;

/** A point of a daemon's work at which it is held once; see {@link HoldingAgent} for what points there are. */
final class Failpoint implements AutoCloseable {
    /** What the agent watches, inside a host. */
    static final String DIRECTORY = "/run/tresccad";

    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Host host;
    private final String point;
    private final String arming;
    private final Path armed;
    private final Path held;

    private Failpoint(Host host, String point, Path directory, String name) {
        this.host = host;
        this.point = point;
        this.arming = name + "\n" + point + "\n";
        this.armed = directory.resolve(HoldingAgent.ARMED);
        this.held = directory.resolve(HoldingAgent.HELD + name);
    }

    /** Writes the agent that a daemon needs, for its {@code -javaagent}. */
    static void writeAgent(Path jar) {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), HoldingAgent.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        ByteBuddy.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> type : List.of(
                    HoldingAgent.class,
                    HoldingAgent.Transaction.class,
                    HoldingAgent.Journal.class,
                    HoldingAgent.Step.class)) {
                String file = type.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(file));
                try (InputStream code =
                        Objects.requireNonNull(Failpoint.class.getClassLoader().getResourceAsStream(file))) {
                    code.transferTo(out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on the first thread of the host's daemon that comes to {@code point} will be held there. */
    static Failpoint arm(Host host, String point) {
        String name = Integer.toString(NUMBER.incrementAndGet());
        Failpoint failpoint = new Failpoint(host, point, host.run(), name);
        try {
            Path prepared = host.run().resolve("arming");
            Files.writeString(prepared, failpoint.arming);
            Files.move(prepared, failpoint.armed, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return failpoint;
    }

    /** Waits until a thread is held. */
    void awaitHeld() {
        await("%s to be held %s".formatted(host.name(), point))
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK_AGAIN)
                .until(() -> Files.exists(held));
    }

    @Override
    public void close() {
        letGo();
    }

    /** Lets the thread go on, if there is one, and holds no other. */
    void letGo() {
        try {
            // Another may have been armed since.
            if (Files.exists(armed) && Files.readString(armed).equals(arming)) {
                Files.delete(armed);
            }
            Files.deleteIfExists(held);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
