package org.tresccad.rest.guest;

import java.time.Duration;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** A guest asks too often; HTTP's 429 with {@code Retry-After}. */
final class TooManyRequests extends TresccadException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    TooManyRequests(String message, Duration retryAfter) {
        super(ErrorKind.QUOTA_EXCEEDED, message);
        this.retryAfter = retryAfter;
    }

    /** When asking again can help, from now. */
    Duration retryAfter() {
        return retryAfter;
    }
}
