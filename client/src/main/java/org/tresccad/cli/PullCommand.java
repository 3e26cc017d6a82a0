package org.tresccad.cli;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.ResourceFailed;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.image.NewImage;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tresccac pull}. */
@Command(
        name = "pull",
        description = {
            "Copy an image from one cloud to another, with formats, properties and tags.",
            "The destination fetches it itself when it can (Glance's import method glance-download); otherwise the"
                    + " data passes through here, without a file in between."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tresccac pull debian-12 --source region1 --dest laptop",
            "  tresccac pull web-package --source laptop --dest edge --through-here"
        })
final class PullCommand extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "Id or name at the source.")
    private String image = "";

    @Option(names = "--source", required = true, paramLabel = "CLOUD", description = "Where the image is.")
    private String source = "";

    @Option(names = "--dest", paramLabel = "CLOUD", description = "Where it shall be; default: the chosen cloud.")
    private Optional<String> destination = Optional.empty();

    @Option(names = "--name", paramLabel = "NAME", description = "Its name there; default: the same.")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--source-region",
            paramLabel = "NAME",
            description = "What the destination calls the source; default: its name here, then its region_name.")
    private Optional<String> sourceRegion = Optional.empty();

    @Option(names = "--through-here", description = "Do not ask the destination to fetch it itself.")
    private boolean throughHere;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Units.DurationConverter.class,
            description = "Give the destination's own import at most this long (90s, 5m, 2h; default 1h).")
    private Duration timeout = Duration.ofHours(1);

    @Override
    void execute() {
        try (Cloud from = app().open(app().clouds().cloud(source));
                Cloud to = app().cloud(destination)) {
            Image original = from.images().find(image);
            NewImage wanted = NewImage.like(original, name.orElseGet(original::label));
            Image copy = imported(from, to, original, wanted).orElseGet(() -> streamed(from, to, original, wanted));
            app().print(
                            Views.image(to.name(), copy),
                            "Image " + copy.label() + " (" + copy.id() + ") at " + to.name() + ", "
                                    + Units.bytes(copy.content().sizeBytes().orElse(0)));
        }
    }

    /** The copy, when the destination could fetch it from the source itself. */
    private Optional<Image> imported(Cloud from, Cloud to, Image original, NewImage wanted) {
        if (throughHere || !original.active() || !to.images().importMethods().contains("glance-download")) {
            return Optional.empty();
        }
        Set<String> regions = new LinkedHashSet<>();
        if (sourceRegion.isPresent()) {
            regions.add(sourceRegion.get());
        } else {
            regions.add(from.name());
            from.config().endpoints().region().ifPresent(regions::add);
        }
        for (String region : regions) {
            Optional<Image> copy = importedFrom(region, to, original, wanted);
            if (copy.isPresent()) {
                return copy;
            }
        }
        return Optional.empty();
    }

    private Optional<Image> importedFrom(String region, Cloud to, Image original, NewImage wanted) {
        Uploads uploads = new Uploads(app(), to);
        Image created = to.images().create(wanted);
        boolean complete = false;
        try (TransferDisplay display = app().display("import " + wanted.name() + " -> " + to.name())) {
            to.images().importFrom(created.id(), region, original.id());
            OptionalLong total = original.content().sizeBytes();
            Progress towards = (done, ignored) -> display.at(done, total);
            Image copy = to.images().awaitActive(created.id(), timeout, towards, app().cancellation());
            uploads.verify(copy, original.content().digest());
            complete = true;
            return Optional.of(copy);
        } catch (CloudRefused | ResourceFailed no) {
            app().terminal().note(to.name() + " cannot fetch it from " + region + " itself: " + no.getMessage());
            return Optional.empty();
        } finally {
            if (!complete) {
                uploads.discard(created.id());
            }
        }
    }

    private Image streamed(Cloud from, Cloud to, Image original, NewImage wanted) {
        return new Uploads(app(), to)
                .create(
                        wanted,
                        out -> from.images()
                                .download(
                                        original.id(),
                                        out,
                                        DownloadOptions.VERIFIED,
                                        new Watch(Progress.NONE, app().cancellation())),
                        original.content().sizeBytes(),
                        original.content().digest());
    }
}
