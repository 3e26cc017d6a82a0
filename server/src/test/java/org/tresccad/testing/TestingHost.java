package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.tresccad.handover.Register;
import org.tresccad.identity.Caller;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.Role;
import org.tresccad.identity.UserId;
import org.tresccad.image.Contents;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.Images;
import org.tresccad.image.NewImage;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.Actions;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.DomainSpecs;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.Flavor;
import org.tresccad.instance.Flavors;
import org.tresccad.instance.GuestClock;
import org.tresccad.instance.GuestEvents;
import org.tresccad.instance.GuestListeners;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.instance.InstanceLocks;
import org.tresccad.instance.Instances;
import org.tresccad.instance.KeptElsewhere;
import org.tresccad.instance.KeyPairs;
import org.tresccad.instance.PackInstance;
import org.tresccad.instance.PowerInstance;
import org.tresccad.instance.Preflight;
import org.tresccad.instance.PrepareGuest;
import org.tresccad.instance.Quarantine;
import org.tresccad.instance.Quotas;
import org.tresccad.instance.Reclaims;
import org.tresccad.instance.Reservations;
import org.tresccad.instance.Residues;
import org.tresccad.instance.SharedContent;
import org.tresccad.instance.SnapshotInstance;
import org.tresccad.instance.StandStill;
import org.tresccad.job.Changes;
import org.tresccad.job.Jobs;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.PackageWriter;

/** The use cases of one host over the stand-ins of this package and a real database, as the daemon would wire them. */
public final class TestingHost implements AutoCloseable {
    private static final long KEEP_BYTES = 1 << 30;
    /** A member of the project demo. */
    public static final Caller MEMBER = caller("1", "a", Role.MEMBER);
    /** A member of another project. */
    public static final Caller STRANGER = caller("2", "b", Role.MEMBER);
    /** Who may only look, in the project demo. */
    public static final Caller READER = caller("3", "a", Role.READER);
    /** An admin, in a project of its own. */
    public static final Caller ADMIN = caller("4", "c", Role.ADMIN);
    /** The flavor with id 1. */
    public static final Flavor TINY = new Flavor("1", "m1.tiny", 1, 64, 0, true, Map.of());
    /** The flavor with id 2, larger. */
    public static final Flavor SMALL = new Flavor("2", "m1.small", 1, 128, 1, true, Map.of("hw:boot_menu", "true"));

    public final Database database;
    public final TestingHypervisor hypervisor;
    public final TestingNetwork network;
    public final Contents contents;
    public final Images images;
    public final TestingOverlays overlays = new TestingOverlays();
    public final InstanceFiles files;
    public final Instances instances;
    public final InstanceLocks locks = new InstanceLocks();
    public final Jobs jobs = new Jobs();
    public final Quotas quotas = new Quotas(10, 20, 51_200, 100, 128);
    public final Clock clock = Clock.systemUTC();
    public final Reservations reservations = new Reservations(clock);
    public final Flavors flavors;
    public final KeyPairs keyPairs;
    public final Capacity capacity;
    public final Register register = new Register();
    public final DomainSpecs specs;
    public final Quarantine quarantine;
    public final Reclaims reclaims;
    public final Actions actions;
    public final BootInstance boot;
    public final Changes changes = new Changes();
    public final GuestEvents guestEvents;
    public final GuestListeners guestListeners = new GuestListeners();
    public final StandStill standStill;
    public final PowerInstance power;
    public final EditInstance edit;
    public final DeleteInstance delete;
    public final SnapshotInstance snapshot;
    public final Residues residues;
    public final KeptElsewhere kept;
    public final SharedContent shared;
    public final Annotations annotations;
    public final ActionLog log;

    /** A host whose state is below {@code directory}; opening it again finds the same state. */
    public TestingHost(Path directory) {
        this(directory, new TestingHypervisor());
    }

    /** As above, with domains that outlive the daemon. */
    public TestingHost(Path directory, TestingHypervisor hypervisor) {
        this(directory, hypervisor, Database.open(directory.resolve("tresccad.db")));
    }

    private TestingHost(Path directory, TestingHypervisor hypervisor, Database database) {
        this(directory, hypervisor, database, new TestingContents(database, made(directory.resolve("content"))));
    }

    private TestingHost(Path directory, TestingHypervisor hypervisor, Database database, TestingContents contents) {
        this(directory, hypervisor, database, contents, new TestingImages(contents, Clock.systemUTC()));
    }

    /** As above, with another image service; {@code database} is closed with the host. */
    public TestingHost(
            Path directory, TestingHypervisor hypervisor, Database database, Contents contents, Images images) {
        this.hypervisor = hypervisor;
        this.database = database;
        this.contents = contents;
        this.images = images;
        network = new TestingNetwork(database);
        files = new InstanceFiles(made(directory.resolve("instances")));
        instances = new Instances(database);
        flavors = new Flavors(database);
        flavors.createDefaults(List.of(TINY, SMALL));
        keyPairs = new KeyPairs(database);
        capacity = new Capacity(hypervisor, instances, reservations, directory, 0, 0);
        specs = new DomainSpecs(contents, network, files);
        quarantine = new Quarantine(database, register, instances, locks, hypervisor, clock);
        reclaims = new Reclaims(database);
        actions = new Actions(instances, locks, quarantine, hypervisor, files, jobs, clock);
        boot = new BootInstance(
                database,
                instances,
                images,
                contents,
                network,
                hypervisor,
                project -> hypervisor.newPlatform(),
                overlays,
                specs,
                files,
                capacity,
                quotas,
                reservations,
                keyPairs,
                actions,
                locks,
                jobs,
                clock);
        guestEvents = new GuestEvents(database, instances, clock);
        standStill = new StandStill(instances, guestEvents, guestListeners, new GuestClock(hypervisor, jobs), changes);
        power = new PowerInstance(
                actions, hypervisor, network, specs, files, instances, standStill, Duration.ofMillis(300));
        edit = new EditInstance(instances, quotas, clock);
        residues = new Residues(database, contents, directory.resolve("kept"), KEEP_BYTES, clock);
        kept = new KeptElsewhere(database);
        shared = new SharedContent(contents, kept, files, 1);
        delete = new DeleteInstance(
                database, instances, locks, hypervisor, contents, network, files, residues, register, jobs);
        snapshot = new SnapshotInstance(instances, actions, files, overlays, contents, images, capacity, jobs);
        annotations = new Annotations(database, instances);
        log = new ActionLog(database, clock);
        actions.followTheHypervisor();
    }

    /** Tells guests that listen before they are frozen, and waits for them so long. */
    public PrepareGuest prepareGuest(Duration time, Duration delay) {
        return new PrepareGuest(guestEvents, guestListeners, changes, clock, new PrepareGuest.Patience(time, delay));
    }

    /** What it looks at before a move; {@code observed} is its database, as its caller observes it. */
    public Preflight preflight(Database observed, boolean acceptsNewerQemu) {
        return new Preflight(
                hypervisor, contents, network, instances, register, images, residues, observed, acceptsNewerQemu);
    }

    /** A caller whose user and project ids repeat one hexadecimal digit each. */
    public static Caller caller(String userDigit, String projectDigit, Role role) {
        return new Caller(
                new UserId(userDigit.repeat(32)),
                "user" + userDigit,
                new ProjectId(projectDigit.repeat(32)),
                Set.of(role));
    }

    /** A small active raw image of {@link #MEMBER}'s. */
    public Image image(String name) {
        return testingImages()
                .add(
                        MEMBER,
                        NewImage.of(name, DiskFormat.RAW, Map.of()),
                        ("disk of " + name).getBytes(StandardCharsets.UTF_8));
    }

    /** The images, unless the host was made with others. */
    public TestingImages testingImages() {
        return (TestingImages) images;
    }

    /** The content, unless the host was made with other. */
    public TestingContents testingContents() {
        return (TestingContents) contents;
    }

    /** Packs its instances; their packages name it as home. */
    public PackInstance packing(PackageWorkers workers) {
        return new PackInstance(
                hypervisor,
                contents,
                network,
                files,
                new PackageWriter(workers),
                new Manifest.Home("tresccad", UUID.randomUUID(), "here"),
                "tresccad test",
                clock);
    }

    /** Asks for an instance of {@link #MEMBER}'s; it is being built when this returns. */
    public Instance boot(String name) {
        return boot.boot(
                        MEMBER,
                        new BootInstance.Request(
                                name,
                                TINY,
                                image("image-of-" + name).id(),
                                Optional.empty(),
                                Map.of(),
                                Optional.empty(),
                                Optional.of(BootInstance.Nic.ANY),
                                1))
                .get(0);
    }

    @Override
    public void close() {
        jobs.close();
        database.close();
    }

    private static Path made(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
