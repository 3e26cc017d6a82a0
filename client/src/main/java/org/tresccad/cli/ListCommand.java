package org.tresccad.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tresccac list}. */
@Command(
        name = "list",
        description = "List instances, or images, of one cloud or of all.",
        footerHeading = "%nExamples:%n",
        footer = {"  tresccac --cloud edge list", "  tresccac list --all-clouds --json", "  tresccac list --images"})
final class ListCommand extends Subcommand {
    @Option(
            names = "--all-clouds",
            description = "Of every configured cloud. Those that cannot be asked are noted on standard error, and "
                    + "the command fails only if none could.")
    private boolean allClouds;

    @Option(names = "--images", description = "Images instead of instances.")
    private boolean images;

    @Override
    void execute() {
        List<Map<String, Object>> found = new ArrayList<>();
        if (!allClouds) {
            try (Cloud cloud = app().cloud()) {
                add(cloud, found);
            }
        } else {
            addAll(found);
        }
        app().print(found, images ? imageTable(found) : serverTable(found));
    }

    private void addAll(List<Map<String, Object>> found) {
        List<CloudException> failures = new ArrayList<>();
        List<String> names = app().clouds().names();
        for (String name : names) {
            try (Cloud cloud = app().open(app().clouds().cloud(name))) {
                add(cloud, found);
            } catch (CloudException failed) {
                app().terminal().note(String.valueOf(failed.getMessage()));
                failures.add(failed);
            }
        }
        if (!failures.isEmpty() && failures.size() == names.size()) {
            throw failures.get(0);
        }
    }

    private void add(Cloud cloud, List<Map<String, Object>> found) {
        if (images) {
            cloud.images().list().forEach(image -> found.add(Views.image(cloud.name(), image)));
        } else {
            cloud.compute().servers().forEach(server -> found.add(Views.server(cloud.name(), server)));
        }
    }

    private static Table serverTable(List<Map<String, Object>> found) {
        Table table = new Table("Cloud", "ID", "Name", "Status", "Task", "Addresses");
        found.forEach(view -> table.row(
                text(view, "cloud"),
                text(view, "id"),
                text(view, "name"),
                text(view, "status"),
                text(view, "task"),
                text(view, "addresses").replaceAll("[\\[\\]]", "")));
        return table;
    }

    private static Table imageTable(List<Map<String, Object>> found) {
        Table table = new Table("Cloud", "ID", "Name", "Status", "Format", "Size");
        found.forEach(view -> table.row(
                text(view, "cloud"),
                text(view, "id"),
                text(view, "name"),
                text(view, "status"),
                text(view, "disk_format"),
                view.get("size") instanceof Long size ? Units.bytes(size) : ""));
        return table;
    }

    private static String text(Map<String, Object> view, String key) {
        return String.valueOf(view.get(key));
    }
}
