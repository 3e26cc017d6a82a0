package org.tresccad.migration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceFiles;
import org.tresccad.job.Cancellation;
import org.tresccad.vmpackage.AheadBlocks;

/**
 * Sends a running guest's memory and disk ahead of its freeze, in rounds: each copies the memory while the guest runs, and
 * sends the blocks of it and of the overlay that the other side does not have yet. The copies are not consistent and need
 * not be: they only make blocks known, and what the frozen guest is made of is compared with them afterwards. It ends when
 * little is left to send, when that does not get less, or after {@value #MOST_ROUNDS} rounds.
 */
public final class SendAhead {
    static final int MOST_ROUNDS = 12;

    /** Before compression; less is not worth another round, which costs about as much as it would save. */
    private static final long LITTLE_BYTES = 1 << 20;

    /** A round that sends more than this part of what the one before sent shows that the guest keeps up with the link. */
    private static final double SHRINKING = 0.7;

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final Logger LOG = LoggerFactory.getLogger(SendAhead.class);

    private final Hypervisor hypervisor;
    private final InstanceFiles files;

    /** Wires it. */
    public SendAhead(Hypervisor hypervisor, InstanceFiles files) {
        this.hypervisor = hypervisor;
        this.files = files;
    }

    /**
     * Sends until it is time to freeze; the caller closes {@code ahead}, and calls {@link #drop}. The last copy stays until
     * then: its place in the system's memory is what the freeze's file can have at once, where fresh memory may have to
     * be fetched from a host below this one while the guest stands.
     *
     * @param receivedBytes how much of the member the other side has; asked until it has all of a round, or else the
     *     interruption would begin with what is still on the way
     * @throws TresccadException when the guest does not run, the disk has no room for its memory, or the package is not
     *     taken any more
     */
    public void send(Instance instance, AheadBlocks ahead, LongSupplier receivedBytes, Cancellation cancellation) {
        long before = Long.MAX_VALUE;
        for (int round = 1; round <= MOST_ROUNDS; round++) {
            cancellation.throwIfCancelled();
            long sent = round(instance, ahead);
            while (receivedBytes.getAsLong() < ahead.counts().memberBytes()) {
                cancellation.await(LOOK_AGAIN);
            }
            LOG.info("instance {}: round {} sent {} bytes ahead", instance.id(), round, sent);
            if (sent <= LITTLE_BYTES || sent > SHRINKING * before) {
                return;
            }
            before = sent;
        }
    }

    private long round(Instance instance, AheadBlocks ahead) {
        long before = ahead.counts().bytesSent();
        Path copy = files.memoryAhead(instance.id());
        try {
            Files.deleteIfExists(copy);
            hypervisor.copyMemory(instance.domain(), copy);
            ahead.offerMemory(copy);
            ahead.offerFile(files.disk(instance.id()));
            ahead.flush();
        } catch (IOException e) {
            throw new TresccadException(
                    ErrorKind.UNAVAILABLE, "The guest could not be sent ahead of its freeze; it runs on.", e);
        }
        return ahead.counts().bytesSent() - before;
    }

    /** Removes the copy of the memory that is left, if there is one. */
    void drop(Instance instance) {
        Path copy = files.memoryAhead(instance.id());
        try {
            Files.deleteIfExists(copy);
        } catch (IOException e) {
            LOG.warn("a copy of a guest's memory is left until the next start: {}", copy, e);
        }
    }
}
