package org.tresccad.cli;

import java.time.Duration;
import java.util.OptionalLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.transfer.Progress;

/**
 * Shows a transfer on standard error: a bar with rate and time left on a terminal; elsewhere a line every few seconds
 * and at each change of phase. One thread at a time reports; close it before printing anything else.
 */
final class TransferDisplay implements Progress, AutoCloseable {
    private static final long LINE_EVERY_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long LOOK_EVERY_BYTES = 256 << 10;

    private final String task;
    private final Terminal terminal;
    private final long startNanos = System.nanoTime();
    private @Nullable ProgressBar bar;
    private long lastLineNanos = startNanos;
    private long lastBytes;
    private long done;
    private String phase = "";
    private OptionalLong total = OptionalLong.empty();

    TransferDisplay(String task, Terminal terminal) {
        this.task = Terminal.printable(task);
        this.terminal = terminal;
    }

    @Override
    public void at(long doneBytes, OptionalLong totalBytes) {
        done = doneBytes;
        total = totalBytes;
        boolean last = totalBytes.isPresent() && doneBytes >= totalBytes.getAsLong();
        if (!last && doneBytes >= lastBytes && doneBytes - lastBytes < LOOK_EVERY_BYTES) {
            return;
        }
        lastBytes = doneBytes;
        if (terminal.live()) {
            show();
        } else if (System.nanoTime() - lastLineNanos >= LINE_EVERY_NANOS) {
            lastLineNanos = System.nanoTime();
            terminal.note(line());
        }
    }

    /** Says what is going on: beside the bar, or where there is none in a line when it changes. */
    void phase(String words) {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.setExtraMessage(" " + Terminal.printable(words));
        }
        if (!terminal.live() && !words.equals(phase)) {
            terminal.note(task + ": " + words + (done > 0 ? ", " + Units.bytes(done) : ""));
        }
        phase = words;
    }

    /** How long it has gone on. */
    double elapsedSeconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    long doneBytes() {
        return done;
    }

    private void show() {
        ProgressBar shown = bar;
        if (shown == null) {
            shown = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUnit(" MiB", 1 << 20)
                    .setInitialMax(total.orElse(-1))
                    .setUpdateIntervalMillis(200)
                    .showSpeed()
                    .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), terminal.columns()))
                    .build();
            bar = shown;
        }
        if (total.isPresent()) {
            shown.maxHint(total.getAsLong());
        }
        shown.stepTo(done);
    }

    private String line() {
        double rate = done / Math.max(elapsedSeconds(), 0.001);
        StringBuilder text = new StringBuilder(task).append(": ").append(Units.bytes(done));
        total.ifPresent(all -> text.append(" of ").append(Units.bytes(all)));
        text.append(", ").append(Units.bytes((long) rate)).append("/s");
        if (total.isPresent() && rate > 0) {
            text.append(", ")
                    .append(Units.seconds(Math.max(0, total.getAsLong() - done) / rate))
                    .append(" left");
        }
        return text.toString();
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.stepTo(done);
            shown.close();
            bar = null;
        }
    }
}
