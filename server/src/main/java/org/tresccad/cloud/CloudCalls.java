package org.tresccad.cloud;

import java.util.OptionalLong;
import java.util.function.Supplier;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnauthorized;
import org.tresccad.client.error.CloudUnreachable;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.transfer.Watch;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Calls to other clouds in terms of this daemon: its errors, its progress, its cancellation. */
public final class CloudCalls {
    private CloudCalls() {}

    /** Makes a call; what goes wrong comes out as one of our own errors, with the client's message. */
    public static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (CloudException e) {
            throw translated(e);
        }
    }

    /** As {@link #call}, for a call without an answer. */
    public static void run(Runnable call) {
        call(() -> {
            call.run();
            return true;
        });
    }

    /** Makes a call that {@code cancellation} can end and {@code progress} hears of. */
    public static void transfer(Progress progress, Cancellation cancellation, Transfer transfer) {
        org.tresccad.client.transfer.Cancellation ending = new org.tresccad.client.transfer.Cancellation();
        Cancellation.Registration registration = cancellation.onCancel(ending::cancel);
        Tally tally = new Tally(progress);
        try (registration) {
            run(() -> transfer.run(new Watch(tally::at, ending)));
        }
    }

    private static TresccadException translated(CloudException e) {
        return new TresccadException(kind(e), String.valueOf(e.getMessage()), e);
    }

    private static ErrorKind kind(CloudException e) {
        if (e instanceof CloudUnreachable || e instanceof CloudProtocolError || e instanceof CloudUnauthorized) {
            return ErrorKind.UNAVAILABLE;
        }
        if (e instanceof CloudTimeout) {
            return ErrorKind.TIMEOUT;
        }
        if (e instanceof CloudNotFound) {
            return ErrorKind.NOT_FOUND;
        }
        if (e instanceof CloudConflict || e instanceof TransferCancelled) {
            return ErrorKind.CONFLICT;
        }
        if (e instanceof CloudRefused refused) {
            return refused.status() >= 500 ? ErrorKind.UNAVAILABLE : ErrorKind.CONFLICT;
        }
        return ErrorKind.UNAVAILABLE;
    }

    /** Something that takes long. */
    @FunctionalInterface
    public interface Transfer {
        /** Does it. */
        void run(Watch watch);
    }

    /** Turns a sum that grows into steps. */
    private static final class Tally {
        private final Progress progress;
        private long seen;

        Tally(Progress progress) {
            this.progress = progress;
        }

        void at(long doneBytes, OptionalLong totalBytes) {
            progress.add(doneBytes - seen);
            seen = doneBytes;
        }
    }
}
