package org.tresccad.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.compute.Server;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import org.tresccad.client.tresccad.Check;
import org.tresccad.client.tresccad.PackageManifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac check}. */
@Command(
        name = "check",
        description = {
            "Tell whether an instance could be moved to another cloud, or a package restored there, with every reason"
                    + " why not. Nothing is moved, and nothing stops.",
            "What is true now may be wrong in a minute: a move asks again."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac --cloud laptop check web --to edge",
            "  tresccac --cloud laptop check web-package --to edge --json",
            "  tresccac check web --to edge && tresccac migrate web --dest edge"
        })
final class CheckCommand extends Subcommand {
    @Parameters(
            paramLabel = "INSTANCE|PACKAGE",
            description = "Id or name of an instance; or, when there is none, of an image that holds a package.")
    private String subject = "";

    @Option(
            names = "--to",
            required = true,
            paramLabel = "CLOUD",
            description = {
                "Where it shall run. For an instance by the name its host knows it by (tresccac destinations), for a"
                        + " package by yours."
            })
    private String destination = "";

    @Override
    void execute() throws IOException {
        try (Cloud cloud = app().cloud()) {
            Optional<Server> instance = instance(cloud);
            if (instance.isPresent()) {
                report(
                        "Instance " + subject,
                        cloud.tresccad().checkMove(instance.get().id(), destination));
            } else {
                checkPackage(cloud, cloud.images().find(subject));
            }
        }
    }

    private Optional<Server> instance(Cloud cloud) {
        try {
            return Optional.of(cloud.compute().find(subject));
        } catch (CloudNotFound noInstance) {
            return Optional.empty();
        }
    }

    private void checkPackage(Cloud cloud, Image image) throws IOException {
        DownloadOptions start = new DownloadOptions(false, false, Optional.empty());
        // Closed after its first entry: the rest is not fetched.
        try (InputStream data =
                        cloud.images().download(image.id(), start, new Watch(Progress.NONE, app().cancellation()));
                Cloud there = app().cloud(Optional.of(destination))) {
            report(
                    "Package " + subject,
                    there.tresccad()
                            .checkPackage(PackageManifest.read(data)
                                    .orElseThrow(() -> new CloudNotFound(
                                            cloud.name(),
                                            "check " + subject,
                                            404,
                                            "it is neither an instance nor a package."))));
        }
    }

    private void report(String what, Check check) {
        if (check.possible()) {
            app().print(
                            check,
                            what + " can run at " + destination + "."
                                    + (check.sendsBaseImage() ? " A move sends its base image there first." : ""));
            return;
        }
        Table table = new Table("Subject", "Reason");
        check.reasons().forEach(reason -> table.row(reason.subject(), reason.message()));
        app().print(check, table);
        throw new CannotRunThere(what, destination, check.reasons().size());
    }
}
