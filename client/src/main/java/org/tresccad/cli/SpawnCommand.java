package org.tresccad.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Flavor;
import org.tresccad.client.compute.NewServer;
import org.tresccad.client.compute.Server;
import org.tresccad.client.config.ConfigException;
import org.tresccad.client.image.Image;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tresccac spawn}. */
@Command(
        name = "spawn",
        description = {
            "Boot an instance from a disk image file here. What the cloud holds already, by SHA-512, is not sent again.",
            "Without --flavor, one with exactly the asked size is used, and made when there is none."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac spawn debian.qcow2 --name web --key ~/.ssh/id_ed25519.pub --wait",
            "  tresccac spawn root.img --kernel vmlinuz --ramdisk initrd.img --append \"console=ttyS0\" --ram 128"
        })
final class SpawnCommand extends Subcommand {
    @Parameters(paramLabel = "IMAGE_PATH", description = "The disk image.")
    private Path image = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "The instance's name; default: the file's.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--kernel", paramLabel = "FILE", description = "Boot this kernel.")
    private Optional<Path> kernel = Optional.empty();

    @Option(names = "--ramdisk", paramLabel = "FILE", description = "With this initial ramdisk; needs --kernel.")
    private Optional<Path> ramdisk = Optional.empty();

    @Option(
            names = {"--append", "--cmdline"},
            paramLabel = "TEXT",
            description = "The kernel's command line; needs --kernel.")
    private Optional<String> commandLine = Optional.empty();

    @ArgGroup(exclusive = false, heading = "%nSize:%n")
    private Size size = new Size();

    @Option(
            names = "--key",
            paramLabel = "FILE|NAME",
            description = "A public SSH key file, or the name of a keypair the cloud has.")
    private Optional<String> key = Optional.empty();

    @Option(names = "--user-data", paramLabel = "FILE", description = "For cloud-init in the guest.")
    private Optional<Path> userData = Optional.empty();

    @Option(
            names = "--property",
            paramLabel = "KEY=VALUE",
            description = "Metadata of the instance, which the guest can read; may be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(names = "--network", paramLabel = "ID", description = "A network's id; default: what the project has.")
    private Optional<String> network = Optional.empty();

    @Option(names = "--wait", description = "End when it runs.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = Units.DurationConverter.class,
            description = "With --wait: at most this long (90s, 5m, 2h; default 10m).")
    private Duration timeout = Duration.ofMinutes(10);

    /** How big the instance is. */
    static final class Size {
        @Option(names = "--flavor", paramLabel = "NAME", description = "Id or name of a flavor; excludes the rest.")
        Optional<String> flavor = Optional.empty();

        @Option(names = "--vcpus", paramLabel = "N", description = "Processors; default 1.")
        Optional<Integer> vcpus = Optional.empty();

        @Option(names = "--ram", paramLabel = "MIB", description = "Memory in MiB; default 512.")
        Optional<Long> ramMib = Optional.empty();

        @Option(names = "--disk", paramLabel = "GIB", description = "Disk in GiB; default: the image's, rounded up.")
        Optional<Long> diskGib = Optional.empty();
    }

    /** Amazon's kernel and ramdisk images carry their kind in both of Glance's formats. */
    static String containerOf(String diskFormat) {
        return diskFormat.equals("aki") || diskFormat.equals("ari") ? diskFormat : "bare";
    }

    @Override
    void execute() {
        if (kernel.isEmpty() && (ramdisk.isPresent() || commandLine.isPresent())) {
            throw new ParameterException(app().commandLine(), "--ramdisk and --append need --kernel");
        }
        if (size.flavor.isPresent()
                && (size.vcpus.isPresent() || size.ramMib.isPresent() || size.diskGib.isPresent())) {
            throw new ParameterException(
                    app().commandLine(), "--flavor says it all; it excludes --vcpus, --ram and --disk");
        }
        DiskFile disk = DiskFile.of(image);
        Optional<String> userText = userData.map(SpawnCommand::read);
        try (Cloud cloud = app().cloud()) {
            Flavors flavors = new Flavors(cloud.compute(), cloud.name());
            Flavor flavor = size.flavor
                    .map(flavors::find)
                    .orElseGet(() -> flavors.ensure(
                            size.vcpus.orElse(1),
                            size.ramMib.orElse(512L),
                            size.diskGib.orElseGet(() -> Flavors.gibFor(disk.virtualSizeBytes()))));
            Optional<String> keyName = key.map(given -> new Keys(cloud.compute()).ensure(given));
            Image root = images(cloud, disk);
            String id = cloud.compute()
                    .create(new NewServer(
                            name.orElseGet(disk::stem),
                            root.id(),
                            flavor.id(),
                            1,
                            network.stream().toList(),
                            properties,
                            keyName,
                            userText));
            if (!wait) {
                app().print(Map.of("id", id, "image", root.id(), "flavor", flavor.name()), "Instance " + id + " boots");
                return;
            }
            Server server = cloud.compute().await(id, "ACTIVE", timeout, app().cancellation());
            app().print(
                            Views.server(cloud.name(), server),
                            "Instance " + server.name() + " (" + id + ") runs at " + cloud.name() + ", addresses: "
                                    + String.join(", ", server.addressTexts()));
        }
    }

    private Image images(Cloud cloud, DiskFile disk) {
        Uploads uploads = new Uploads(app(), cloud);
        Map<String, String> boot = new LinkedHashMap<>();
        kernel.ifPresent(file -> boot.put("kernel_id", part(uploads, file, "aki")));
        ramdisk.ifPresent(file -> boot.put("ramdisk_id", part(uploads, file, "ari")));
        commandLine.ifPresent(text -> boot.put("os_command_line", text));
        return uploads.ensure(disk, disk.stem(), disk.format(), boot);
    }

    private static String part(Uploads uploads, Path file, String format) {
        DiskFile part = DiskFile.of(file);
        return uploads.ensure(part, String.valueOf(file.getFileName()), format, Map.of())
                .id();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new ConfigException(file.toString(), "", "cannot be read as text: " + unreadable.getMessage());
        }
    }
}
