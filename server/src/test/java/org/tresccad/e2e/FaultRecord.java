package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What was seen of each case: lines of {@code moment, fault, mode, outcome, silence in seconds, ok or FAILED}, with tabs
 * between, in {@code faults.tsv} among the reports of the run; nowhere when the run has no reports.
 */
final class FaultRecord {
    private static final int MOST_CHARACTERS = 300;
    private static final Optional<Path> REPORTS =
            Optional.ofNullable(System.getProperty("tresccad.reports")).map(Path::of);

    private FaultRecord() {}

    /** Adds a case that ended as it must. */
    static void passed(FaultCase tried, String outcome, Duration silence) {
        add(tried, outcome, String.format(Locale.ROOT, "%.1f", silence.toMillis() / 1000.0), "ok");
    }

    /** Adds a case that did not. */
    static void failed(FaultCase tried, Throwable why) {
        Throwable reason = why.getCause() == null ? why : why.getCause();
        String message = String.valueOf(reason.getMessage()).strip().replaceAll("[\\s|]+", " ");
        add(tried, message.substring(0, Math.min(message.length(), MOST_CHARACTERS)), "", "FAILED");
    }

    private static void add(FaultCase tried, String outcome, String silence, String result) {
        String line = String.join(
                "\t",
                tried.moment().toString(),
                tried.fault().toString(),
                tried.mode(),
                outcome.replaceAll("\\s+", " "),
                silence,
                result);
        REPORTS.ifPresent(directory -> {
            try {
                Files.createDirectories(directory);
                Files.writeString(
                        directory.resolve("faults.tsv"),
                        line + "\n",
                        StandardCharsets.UTF_8,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
