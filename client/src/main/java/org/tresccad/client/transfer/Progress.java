package org.tresccad.client.transfer;

import java.util.OptionalLong;

/**
 * Hears how far a transfer is. Called in the transferring thread, once per some ten kilobytes; must return fast and
 * not throw.
 */
@FunctionalInterface
public interface Progress {
    /** Hears nothing. */
    Progress NONE = (doneBytes, totalBytes) -> {};

    /** {@code doneBytes} have passed, of {@code totalBytes} when that is known. */
    void at(long doneBytes, OptionalLong totalBytes);
}
