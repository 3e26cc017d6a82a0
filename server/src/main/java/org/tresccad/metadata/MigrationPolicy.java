package org.tresccad.metadata;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.tresccad.instance.Instance;

/**
 * Whether a guest may be moved because it asks: the operator's rules, which the owner can only narrow (but for
 * {@link GuestPolicy.MayAsk#OWNER}, which asks for the owner's word), by metadata of the instance. Guests cannot change
 * their metadata.
 */
public final class MigrationPolicy {
    /** Metadata key: {@code allowed} or {@code never}. Another value counts as {@code never}. */
    public static final String KEY = "tresccad:migration";

    /** Metadata key: the names of the destinations the guest may choose, with commas between. Absent: all. */
    public static final String DESTINATIONS_KEY = "tresccad:destinations";

    private final GuestPolicy rules;
    private final Clock clock;

    /** The operator's {@code rules}. */
    public MigrationPolicy(GuestPolicy rules, Clock clock) {
        this.rules = rules;
        this.clock = clock;
    }

    /**
     * Why a guest is not moved.
     *
     * @param reason a sentence for the guest
     * @param retryAfter when asking again can help; empty when it cannot
     */
    public record Refusal(String reason, Optional<Duration> retryAfter) {}

    /** Why {@code instance}'s guest may not choose {@code destination}, how often it asks aside; empty when it may. */
    public Optional<Refusal> refusal(Instance instance, String destination) {
        return forbidden(instance)
                .or(() -> notAmongThose(instance, destination))
                .map(reason -> new Refusal(reason, Optional.empty()));
    }

    /**
     * As {@link #refusal(Instance, String)}, and how often it asks.
     *
     * @param earlier when its earlier requests on this host were accepted, in any order
     */
    public Optional<Refusal> refusal(Instance instance, String destination, Collection<Instant> earlier) {
        return refusal(instance, destination).or(() -> tooOften(earlier));
    }

    private Optional<String> forbidden(Instance instance) {
        Optional<String> word = Optional.ofNullable(instance.metadata().get(KEY));
        boolean ownerAllows = word.filter("allowed"::equals).isPresent();
        return switch (rules.mayAsk()) {
            case NEVER -> Optional.of("This host does not let guests ask to be moved.");
            case OWNER ->
                ownerAllows
                        ? Optional.empty()
                        : Optional.of("The owner of this instance does not allow it to ask to be moved: its metadata"
                                + " do not say " + KEY + "=allowed.");
            case ALWAYS ->
                word.isEmpty() || ownerAllows
                        ? Optional.empty()
                        : Optional.of("The owner of this instance does not allow it to ask to be moved: its metadata"
                                + " say " + KEY + "=" + word.orElseThrow() + ".");
        };
    }

    private static Optional<String> notAmongThose(Instance instance, String destination) {
        return Optional.ofNullable(instance.metadata().get(DESTINATIONS_KEY))
                .map(names -> Arrays.stream(names.split(",", -1)).map(String::strip))
                .filter(names -> names.noneMatch(destination::equals))
                .map(names -> "The owner of this instance does not allow it to choose this destination: it is not in"
                        + " the metadata " + DESTINATIONS_KEY + ".");
    }

    private Optional<Refusal> tooOften(Collection<Instant> earlier) {
        Instant now = clock.instant();
        List<Instant> counted = earlier.stream()
                .filter(at -> at.isAfter(now.minus(rules.window())))
                .sorted()
                .toList();
        if (counted.size() < rules.requests()) {
            return Optional.empty();
        }
        // Asking helps once so many have left the window that one place is free.
        Instant leaves = counted.get(counted.size() - rules.requests()).plus(rules.window());
        Duration wait =
                Duration.ofSeconds(Math.max(1, Duration.between(now, leaves).toSeconds() + 1));
        return Optional.of(new Refusal(
                "This guest asked to be moved " + counted.size() + " times within "
                        + rules.window().toSeconds() + " s; at most " + rules.requests() + " are allowed.",
                Optional.of(wait)));
    }
}
