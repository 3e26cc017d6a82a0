package org.tresccad.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that only mode cold of {@code tresccac migrate} has. */
final class ColdFlags {
    @Option(names = "--dry-run", description = "Tell what would be done, and every reason against it; change nothing.")
    boolean dryRun;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask before a running instance is stopped.")
    boolean yes;

    @Option(
            names = "--keep-source",
            description =
                    "Leave the source where it is, off and locked; otherwise it is deleted once the destination runs.")
    boolean keepSource;

    @Option(
            names = "--flavor",
            paramLabel = "NAME",
            description = "The destination's flavor, by id or name; default: one of the same size.")
    Optional<String> flavor = Optional.empty();

    @Option(
            names = "--network",
            paramLabel = "ID",
            description = "The destination's network; default: one where the instance's addresses belong.")
    Optional<String> network = Optional.empty();

    @Option(names = "--region", paramLabel = "NAME", description = "The destination's region; default: region_name.")
    Optional<String> region = Optional.empty();

    @Option(names = "--source-region", paramLabel = "NAME", description = "The source's region; default: region_name.")
    Optional<String> sourceRegion = Optional.empty();

    @Option(
            names = "--resume",
            paramLabel = "MOVE",
            description = "Go on with a move that was cut off, or finish taking it back.")
    Optional<String> resume = Optional.empty();

    @Option(names = "--take-back", description = "With --resume: take it back rather than go on.")
    boolean takeBack;

    /** Whether one was given that means nothing in the other modes. */
    boolean given() {
        return dryRun
                || yes
                || keepSource
                || takeBack
                || flavor.isPresent()
                || network.isPresent()
                || region.isPresent()
                || sourceRegion.isPresent();
    }
}
