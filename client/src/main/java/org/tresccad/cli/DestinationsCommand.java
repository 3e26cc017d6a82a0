package org.tresccad.cli;

import java.util.List;
import org.tresccad.client.Cloud;
import org.tresccad.client.tresccad.Destination;
import picocli.CommandLine.Command;

/** {@code tresccac destinations}. */
@Command(
        name = "destinations",
        description = "List the clouds to which a tresccad host can move instances, by the names it knows them by.",
        footerHeading = "%nExamples:%n",
        footer = "  tresccac --cloud laptop destinations")
final class DestinationsCommand extends Subcommand {
    @Override
    void execute() {
        try (Cloud cloud = app().cloud()) {
            List<Destination> found = cloud.tresccad().destinations();
            Table table = new Table("Name", "Kind", "Reachable", "Allowed", "Reason");
            found.forEach(each -> table.row(
                    each.name(),
                    each.kind().orElse(""),
                    each.reachable() ? "yes" : "no",
                    each.allowed() ? "yes" : "no",
                    each.reason().orElse("")));
            app().print(found, table);
        }
    }
}
