package org.tresccad.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.client.Cloud;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.NewImage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac push}. */
@Command(
        name = "push",
        description = "Upload a file as an image.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac push debian.qcow2 --name debian-12",
            "  tresccac push vmlinuz --disk-format aki --property os_distro=debian"
        })
final class PushCommand extends Subcommand {
    @Parameters(paramLabel = "FILE", description = "What to upload.")
    private Path file = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "The image's name; default: the file's.")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--disk-format",
            paramLabel = "FORMAT",
            description = "raw, qcow2, vmdk, vdi, vhd, vhdx, iso, aki, ari; default: what the first bytes say, or raw.")
    private Optional<String> diskFormat = Optional.empty();

    @Option(
            names = "--container-format",
            paramLabel = "FORMAT",
            description = "default: bare; aki and ari for such a disk format.")
    private Optional<String> containerFormat = Optional.empty();

    @Option(names = "--property", paramLabel = "KEY=VALUE", description = "A property of the image; may be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Override
    void execute() {
        DiskFile disk = DiskFile.of(file);
        try (Cloud cloud = app().cloud()) {
            String format = diskFormat.orElse(disk.format());
            Image stored = new Uploads(app(), cloud)
                    .create(
                            new NewImage(
                                    Optional.empty(),
                                    name.orElseGet(disk::stem),
                                    format,
                                    containerFormat.orElse(SpawnCommand.containerOf(format)),
                                    properties,
                                    List.of()),
                            disk.content(),
                            OptionalLong.of(disk.sizeBytes()),
                            Optional.empty());
            app().print(
                            Views.image(cloud.name(), stored),
                            "Image " + stored.label() + " (" + stored.id() + ") at " + cloud.name() + ": " + format
                                    + ", " + Units.bytes(disk.sizeBytes()));
        }
    }
}
