package org.tresccad.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.tresccad.cloud.ProjectClouds;
import org.tresccad.daemon.config.Config;
import org.tresccad.daemon.config.HypervisorConfig;
import org.tresccad.daemon.config.NetworkConfig;
import org.tresccad.daemon.config.TenancyConfig;
import org.tresccad.daemon.config.UserConfig;
import org.tresccad.hypervisor.VirtType;
import org.tresccad.hypervisor.libvirt.LibvirtHypervisor;
import org.tresccad.hypervisor.libvirt.LibvirtSettings;
import org.tresccad.identity.Accounts;
import org.tresccad.identity.Identity;
import org.tresccad.identity.PasswordHash;
import org.tresccad.identity.Project;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.Role;
import org.tresccad.identity.User;
import org.tresccad.identity.UserAccount;
import org.tresccad.image.ContentStore;
import org.tresccad.image.ImageImports;
import org.tresccad.image.ImageLimits;
import org.tresccad.image.ImageMembers;
import org.tresccad.image.PublicWeb;
import org.tresccad.image.Qcow2Overlays;
import org.tresccad.image.QemuImg;
import org.tresccad.image.StoredImages;
import org.tresccad.image.remote.CloudImages;
import org.tresccad.job.Changes;
import org.tresccad.job.Jobs;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Subnet;
import org.tresccad.network.linux.LinuxNetwork;
import org.tresccad.process.Processes;
import org.tresccad.process.RealProcesses;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.PackageWorkers;

/** The lower half of the daemon: state, identity, images, hypervisor, network, other clouds. */
final class Foundation {
    final Clock clock = Clock.systemUTC();
    final UUID hostId;
    final long hostSeed;
    final Path stateDirectory;
    final Database database;
    final Jobs jobs;
    final Changes changes = new Changes();
    final ExecutorService background;
    final Accounts accounts;
    final Identity identity;
    final ContentStore contents;
    final StoredImages images;
    final ImageMembers members;
    final ImageImports imports;
    final Qcow2Overlays overlays;
    final LibvirtHypervisor hypervisor;
    final LinuxNetwork network;
    final ProjectClouds clouds;
    final PackageWorkers packageWorkers;

    Foundation(Config config, Closing closing) {
        stateDirectory = config.host().stateDir();
        makeStateDirectory();
        hostId = HostIdentity.of(stateDirectory);
        hostSeed = HostIdentity.seed(stateDirectory);
        Processes processes = new RealProcesses();
        database = Database.open(stateDirectory.resolve("tresccad.db"));
        closing.add("database", database::close);
        jobs = new Jobs();
        background = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "background");
            thread.setDaemon(true);
            return thread;
        });
        closing.add("background work", background::shutdownNow);
        accounts = accounts(config.tenancy());
        identity = new Identity(accounts, database, clock, config.tenancy().tokenLifetime());
        clouds = new ProjectClouds(
                config.moves().destinations(), id -> accounts.project(id).map(Project::name));
        closing.add("connections to other clouds", clouds::close);
        ImageLimits limits = imageLimits(config);
        QemuImg qemuImg = new QemuImg(processes);
        contents = new ContentStore(stateDirectory, database, limits);
        images = new StoredImages(database, contents, qemuImg, limits, clock);
        members = new ImageMembers(database, limits, clock);
        imports = new ImageImports(images, new CloudImages(clouds), new PublicWeb(false), background);
        closing.add("imports", imports::close);
        overlays = new Qcow2Overlays(qemuImg);
        hypervisor = new LibvirtHypervisor(libvirtSettings(config.hypervisor()), processes);
        closing.add("libvirt", hypervisor::close);
        network = new LinuxNetwork(networkSettings(config), stateDirectory.resolve("network"), database, processes);
        closing.add("network", network::stop);
        packageWorkers = PackageWorkers.ofCores();
        closing.add("package workers", packageWorkers::close);
        // Before what they work with: a move that is cut off can still let its guest run.
        closing.add("jobs", jobs::close);
    }

    /** QEMU and dnsmasq, which do not run as root, must be able to pass through; what is in it has its own modes. */
    private void makeStateDirectory() {
        try {
            Files.createDirectories(stateDirectory);
            Files.setPosixFilePermissions(stateDirectory, PosixFilePermissions.fromString("rwx--x--x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Accounts accounts(TenancyConfig tenancy) {
        Map<String, Project> projects = new HashMap<>();
        tenancy.projects().forEach(p -> {
            Project derived = Project.named(p.name());
            projects.put(p.name(), new Project(p.id().orElse(derived.id()), p.name()));
        });
        List<UserAccount> users =
                tenancy.users().stream().map(user -> account(user, projects)).toList();
        return new Accounts(List.copyOf(projects.values()), users);
    }

    private static UserAccount account(UserConfig user, Map<String, Project> projects) {
        Map<ProjectId, Set<Role>> roles = new HashMap<>();
        user.memberships()
                .forEach(m -> roles.put(
                        Objects.requireNonNull(projects.get(m.project())).id(), m.roles()));
        User derived = User.named(user.name());
        return new UserAccount(
                new User(user.id().orElse(derived.id()), user.name()),
                new PasswordHash(
                        user.credential().hash(plain -> PasswordHash.of(plain).phc())),
                roles);
    }

    private static ImageLimits imageLimits(Config config) {
        ImageLimits defaults = ImageLimits.DEFAULT;
        return new ImageLimits(
                config.tenancy().quotas().images().images(),
                config.tenancy().quotas().images().bytes(),
                config.http().api().maxUploadBytes(),
                defaults.virtualBytes(),
                config.host().reserveDiskBytes(),
                defaults.properties(),
                defaults.tags(),
                defaults.members());
    }

    private LibvirtSettings libvirtSettings(HypervisorConfig config) {
        String cpu =
                switch (config.cpu().kind()) {
                    // Where destinations do not say what they can, it is the portable one.
                    case PORTABLE, DESTINATIONS_BASELINE -> "portable";
                    case HOST_BASELINE -> "host-baseline";
                    case NAMED -> config.cpu().model().orElseThrow();
                };
        return new LibvirtSettings(
                config.uri(),
                config.timeout(),
                HypervisorConfig.MEMORY_TIMEOUT,
                config.virtType().map(VirtType::libvirtName).orElse("auto"),
                cpu,
                config.machine(),
                stateDirectory.resolve("kvm-probe"));
    }

    private static NetworkSettings networkSettings(Config config) {
        NetworkConfig network = config.network();
        Subnet subnet = network.addresses().subnet();
        return new NetworkSettings(
                network.bridge(),
                new NetworkSettings.Addressing(
                        subnet,
                        subnet.network().plus(1),
                        Set.copyOf(network.addresses().reserved()),
                        NetworkSettings.Addressing.QEMU_MAC_PREFIX),
                config.http().guestApi().port(),
                new NetworkSettings.Dns(
                        network.dns().nameservers(), network.dns().domain()),
                new NetworkSettings.Routing(
                        network.outside().nat(),
                        network.outside().inbound() ? NetworkSettings.Inbound.ALLOWED : NetworkSettings.Inbound.BLOCKED,
                        network.outside().uplink()),
                network.mtu());
    }
}
