package org.tresccad.cli;

import org.tresccad.client.config.ConfigException;
import org.tresccad.client.error.CloudConflict;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudRefused;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnreachable;
import org.tresccad.client.error.TransferCancelled;

/** What the process returns; documented in {@code tresccac --help}. */
enum ExitCode {
    OK(0, "done"),
    FAILED(1, "the cloud tried and failed, or something unexpected"),
    USAGE(2, "wrong arguments"),
    CONFIG(3, "configuration missing or wrong"),
    NOT_FOUND(4, "no such thing"),
    REFUSED(5, "refused: rights, state, or a name taken"),
    UNREACHABLE(6, "a cloud cannot be reached"),
    TIMEOUT(7, "gave up waiting; it may still happen"),
    CANNOT_RUN(8, "check, or mode cold: it cannot run there"),
    INTERRUPTED(130, "interrupted");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    String meaning() {
        return meaning;
    }

    static ExitCode of(Throwable failure) {
        if (failure instanceof ConfigException) {
            return CONFIG;
        }
        if (failure instanceof CannotRunThere) {
            return CANNOT_RUN;
        }
        if (!(failure instanceof CloudException)) {
            return FAILED;
        }
        if (failure instanceof CloudNotFound) {
            return NOT_FOUND;
        }
        if (failure instanceof CloudRefused refused) {
            boolean ours = refused instanceof CloudConflict || (refused.status() >= 400 && refused.status() < 500);
            return ours ? REFUSED : FAILED;
        }
        if (failure instanceof CloudUnreachable) {
            return UNREACHABLE;
        }
        if (failure instanceof CloudTimeout) {
            return TIMEOUT;
        }
        return failure instanceof TransferCancelled ? INTERRUPTED : FAILED;
    }
}
