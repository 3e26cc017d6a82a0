package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.image.Visibility;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.Instance;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.PackageWorkers;

/**
 * A host whose daemon can die and live again. What a real one has on disk or in libvirt stays: database, content,
 * images, instance files, and, unless the power fails, domains.
 */
public final class MortalHost implements AutoCloseable {
    private static final byte[] BASE =
            "a base image that every host has".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    public final String name;
    public final UUID hostId = UUID.randomUUID();
    public final TestingHypervisor domains;
    public final TestingImages images;
    /** The public image that every guest is booted from. */
    public final ImageId base;

    final Path directory;
    final Database database;
    final TestingContents contents;
    final TestingInternet internet;
    final PackageWorkers workers;
    private volatile Life life;

    /** A host in {@code directory} with its daemon running; others reach it over {@code internet}. */
    public MortalHost(String name, Path directory, GuestWatch watch, TestingInternet internet, PackageWorkers workers) {
        this.name = name;
        this.directory = made(directory);
        this.internet = internet;
        this.workers = workers;
        domains = new TestingHypervisor(watch);
        database = Database.open(directory.resolve("tresccad.db"));
        contents = new TestingContents(database, made(directory.resolve("content")));
        images = new TestingImages(contents, Clock.systemUTC());
        base = images.add(TestingHost.ADMIN, publicImage("base"), BASE).id();
        life = new Life(this);
        internet.add(this);
    }

    /** What {@link TestingHost#MEMBER} sees but the base image: packages, whole or not. */
    public List<Image> packages() {
        return images.list(TestingHost.MEMBER).stream()
                .filter(image -> !image.id().equals(base))
                .toList();
    }

    /** The daemon as it lives now, or its remains. */
    public Life life() {
        return life;
    }

    /** What the daemon's end leaves behind; without power the domains go too. */
    public void end(boolean withPowerLoss) {
        life.end();
        if (withPowerLoss) {
            domains.losePower();
        }
    }

    /** A new daemon, which has not recovered yet: see {@link Life#recover}. */
    public Life revive() {
        images.reconcile();
        life = new Life(this);
        return life;
    }

    /** Boots a guest of {@link TestingHost#MEMBER}'s; it is being built when this returns. */
    public Instance boot(String guest) {
        return life.host
                .boot
                .boot(
                        TestingHost.MEMBER,
                        new BootInstance.Request(
                                guest,
                                TestingHost.TINY,
                                base,
                                Optional.empty(),
                                Map.of(),
                                Optional.empty(),
                                Optional.of(BootInstance.Nic.ANY),
                                1))
                .get(0);
    }

    @Override
    public void close() {
        life.end();
        database.close();
    }

    private static NewImage publicImage(String name) {
        return new NewImage(
                Optional.empty(),
                name,
                Visibility.PUBLIC,
                Optional.of(DiskFormat.RAW),
                Optional.of("bare"),
                0,
                0,
                false,
                false,
                Set.of(),
                Map.of());
    }

    private static Path made(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
