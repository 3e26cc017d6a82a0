package org.tresccad.e2e;

import java.time.Duration;

/**
 * One datagram of a guest.
 *
 * @param received by the receiver's monotonic clock
 * @param source the address it came from: the host's, behind which the guest is
 * @param lineage {@code -} while the guest does not know it
 * @param epoch {@code -} while the guest does not know it
 * @param count the guest's counter
 * @param nonce made when the guest booted; a second copy of a running guest has the same
 */
record Beacon(Duration received, String source, String lineage, String epoch, long count, String nonce) {
    /** From a line of {@link BeaconReceiver}. */
    static Beacon parse(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 7) {
            throw new IllegalArgumentException("not a beacon: " + line);
        }
        return new Beacon(
                Duration.ofNanos(Long.parseLong(words[0])),
                words[1],
                words[2],
                words[3],
                Long.parseLong(words[4]),
                words[6]);
    }
}
