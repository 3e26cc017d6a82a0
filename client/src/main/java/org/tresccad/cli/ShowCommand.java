package org.tresccad.cli;

import java.util.Map;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac show}. */
@Command(
        name = "show",
        description = "Show one instance, or one image.",
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac show web", "  tresccac show --image web-package --json"})
final class ShowCommand extends Subcommand {
    @Parameters(paramLabel = "ID", description = "Id or name.")
    private String id = "";

    @Option(names = "--image", description = "It is an image.")
    private boolean image;

    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            if (image) {
                Image found = cloud.images().find(id);
                app().print(Views.image(cloud.name(), found), table(found));
            } else {
                Server found = cloud.compute().find(id);
                app().print(Views.server(cloud.name(), found), table(found));
            }
        }
    }

    private static Table table(Server server) {
        Table table = new Table("Field", "Value")
                .row("id", server.id())
                .row("name", server.name())
                .row("status", server.status())
                .row("task", server.taskState().orElse(""))
                .row("fault", server.faultText())
                .row("created", server.created().orElse(""))
                .row("image", server.imageId().orElse(""))
                .row("flavor", server.flavorId().orElse(""))
                .row("addresses", String.join(", ", server.addressTexts()));
        server.metadata().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> table.row("metadata " + entry.getKey(), entry.getValue()));
        return table;
    }

    private static Table table(Image image) {
        Image.Content content = image.content();
        Table table = new Table("Field", "Value")
                .row("id", image.id())
                .row("name", image.name().orElse(""))
                .row("status", image.status())
                .row("visibility", image.visibility())
                .row(
                        "format",
                        content.diskFormat().orElse("") + "/"
                                + content.containerFormat().orElse(""))
                .row(
                        "size",
                        content.sizeBytes().isPresent()
                                ? Units.bytes(content.sizeBytes().getAsLong())
                                : "")
                .row("digest", content.digest().map(Image.Digest::toString).orElse(""))
                .row("tags", String.join(", ", image.tags()));
        image.properties().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> table.row(entry.getKey(), entry.getValue()));
        return table;
    }
}
