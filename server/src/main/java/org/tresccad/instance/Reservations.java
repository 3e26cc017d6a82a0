package org.tresccad.instance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.tresccad.handover.Epoch;
import org.tresccad.identity.ProjectId;

/**
 * Room on this host that is promised to instances on their way here, so that two that fit each but not both are told
 * before they freeze. In memory only: a promise is for minutes, and a restore looks again whatever was promised (decision
 * 16). Whoever looks and then holds does both under this object's lock.
 */
public final class Reservations {
    private final Map<Key, Held> held = new HashMap<>();
    private final Clock clock;

    /** None yet. */
    public Reservations(Clock clock) {
        this.clock = clock;
    }

    /**
     * For whom.
     *
     * @param nonce of the package; nobody else can name the reservation
     */
    public record Key(Epoch epoch, UUID nonce) {}

    /**
     * How much.
     *
     * @param usage of the project's quotas, and the memory of the host
     * @param diskBytes for the memory file and the overlay
     */
    public record Share(ProjectId project, Quotas.Usage usage, long diskBytes) {}

    /** Promises {@code share} for {@code time}; promised before, it is not less. What has been taken over stays. */
    synchronized void hold(Key key, Share share, Duration time) {
        Held promise = new Held(share, Optional.of(clock.instant().plus(time)));
        held.merge(key, promise, (old, anew) -> old.until().isEmpty() ? old : anew.atLeast(old.share()));
    }

    /** From here on an instance's row stands for the memory; the disk is promised until {@link #release}. */
    synchronized void takeOver(Key key) {
        held.computeIfPresent(
                key,
                (k, old) -> new Held(
                        new Share(
                                old.share().project(),
                                Quotas.Usage.NONE,
                                old.share().diskBytes()),
                        Optional.empty()));
    }

    /** The end of what was promised and, perhaps, taken over. */
    synchronized void release(Key key) {
        held.remove(key);
    }

    /** The one who was promised does not come; what has been taken over stays. */
    public synchronized void giveUp(Key key) {
        held.computeIfPresent(key, (k, old) -> old.until().isEmpty() ? old : null);
    }

    /** What of a project's quotas is promised to others than {@code own}. */
    synchronized Quotas.Usage usage(ProjectId project, Optional<Key> own) {
        return live(own)
                .map(Held::share)
                .filter(share -> share.project().equals(project))
                .map(Share::usage)
                .reduce(Quotas.Usage.NONE, Quotas.Usage::plus);
    }

    /** Memory promised to others than {@code own}, in MiB. */
    synchronized long memoryMib(Optional<Key> own) {
        return sum(own, share -> share.usage().memoryMib());
    }

    /** Disk promised to others than {@code own}. */
    synchronized long diskBytes(Optional<Key> own) {
        return sum(own, Share::diskBytes);
    }

    private long sum(Optional<Key> own, ToLongFunction<Share> of) {
        return live(own).map(Held::share).mapToLong(of).sum();
    }

    private Stream<Held> live(Optional<Key> own) {
        Instant now = clock.instant();
        held.values().removeIf(promise -> promise.until().filter(now::isAfter).isPresent());
        Predicate<Key> isOthers = key -> own.filter(key::equals).isEmpty();
        return held.entrySet().stream()
                .filter(entry -> isOthers.test(entry.getKey()))
                .map(Map.Entry::getValue);
    }

    /** A promise; without an end once it is taken over. */
    private record Held(Share share, Optional<Instant> until) {
        Held atLeast(Share other) {
            return new Held(
                    new Share(share.project(), share.usage(), Math.max(share.diskBytes(), other.diskBytes())), until);
        }
    }
}
