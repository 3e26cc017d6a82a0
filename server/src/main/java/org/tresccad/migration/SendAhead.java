package org.tresccad.migration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
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
 * little is left to send, when the interruption that was asked for is predicted, when what is left does not get less, or
 * after {@value #MOST_ROUNDS} rounds.
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
     * @param goal what is short enough
     * @param receivedBytes how much of the member the other side has; asked until it has all of a round, or else the
     *     interruption would begin with what is still on the way
     * @throws TresccadException when the guest does not run, the disk has no room for its memory, or the package is not
     *     taken any more
     */
    void send(Instance instance, AheadBlocks ahead, Goal goal, LongSupplier receivedBytes, Cancellation cancellation) {
        long before = Long.MAX_VALUE;
        for (int round = 1; round <= MOST_ROUNDS; round++) {
            cancellation.throwIfCancelled();
            Path copy = copyMemory(instance);
            long begun = System.nanoTime();
            long sent = offer(instance, copy, ahead);
            while (receivedBytes.getAsLong() < ahead.counts().memberBytes()) {
                cancellation.await(LOOK_AGAIN);
            }
            Duration predicted = goal.predicted(Duration.ofNanos(System.nanoTime() - begun));
            LOG.info(
                    "instance {}: round {} sent {} bytes ahead; frozen now, it would stand still for {} ms",
                    instance.id(),
                    round,
                    sent,
                    predicted.toMillis());
            if (sent <= LITTLE_BYTES || sent > SHRINKING * before || goal.isMetBy(predicted)) {
                return;
            }
            before = sent;
        }
    }

    /**
     * What is short enough.
     *
     * @param asked the interruption that was asked for; empty for as short as can be
     * @param without how long the guest would stand still if nothing were left to send
     */
    record Goal(Optional<Duration> asked, Duration without) {
        /** What is left takes no longer than the last round, which took {@code round}: rounds go on while they get shorter. */
        Duration predicted(Duration round) {
            return without.plus(round);
        }

        boolean isMetBy(Duration predicted) {
            return asked.filter(longest -> predicted.compareTo(longest) <= 0).isPresent();
        }
    }

    private Path copyMemory(Instance instance) {
        Path copy = files.memoryAhead(instance.id());
        try {
            Files.deleteIfExists(copy);
        } catch (IOException e) {
            throw failed(e);
        }
        hypervisor.copyMemory(instance.domain(), copy);
        return copy;
    }

    /** The bytes that were sent of the copy and of the overlay, before compression. */
    private long offer(Instance instance, Path copy, AheadBlocks ahead) {
        long before = ahead.counts().bytesSent();
        try {
            ahead.offerMemory(copy);
            ahead.offerFile(files.disk(instance.id()));
            ahead.flush();
        } catch (IOException e) {
            throw failed(e);
        }
        return ahead.counts().bytesSent() - before;
    }

    private static TresccadException failed(IOException e) {
        return new TresccadException(
                ErrorKind.UNAVAILABLE, "The guest could not be sent ahead of its freeze; it runs on.", e);
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
