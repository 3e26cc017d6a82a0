package org.tresccad.rest.nova;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;
import org.tresccad.instance.InstanceId;

/**
 * A move as the compute API needs it.
 *
 * @param id the move's own id
 * @param number Nova's row number of a migration: positive, unique on this host, and the same for ever
 * @param instance the instance it moves or moved
 * @param status Nova's word: {@code accepted}, {@code preparing}, {@code running}, {@code completed},
 *     {@code cancelled}, {@code failed}
 * @param source the cloud it leaves
 * @param destination the cloud it goes to
 * @param mode how
 * @param isRunning whether its outcome is open
 * @param doneBytes bytes moved so far
 * @param totalBytes bytes in all, when known
 */
public record MoveView(
        UUID id,
        int number,
        InstanceId instance,
        String status,
        String source,
        String destination,
        String mode,
        boolean isRunning,
        long doneBytes,
        OptionalLong totalBytes,
        Instant createdAt,
        Instant updatedAt) {}
