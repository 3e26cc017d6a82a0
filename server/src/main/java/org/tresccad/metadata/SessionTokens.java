package org.tresccad.metadata;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.tresccad.instance.InstanceId;

/**
 * The tokens of EC2's instance metadata service, version 2: a program that can be tricked into fetching an address
 * cannot make the PUT that gets one. They are kept in memory, hashed, bound to the instance and expire; a guest that
 * arrives at another host, or whose host's daemon restarts, asks for a new one.
 *
 * @see <a href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html">EC2: Access
 *     instance metadata</a>
 */
public final class SessionTokens {
    /** The longest life of a token: EC2's. */
    public static final Duration LONGEST = Duration.ofHours(6);

    /** A guest that asks for more loses its oldest. */
    static final int MOST_PER_GUEST = 64;

    private static final int SECRET_BYTES = 32;

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<InstanceId, Deque<Issued>> issued = new HashMap<>();

    /** Tokens that expire by {@code clock}. */
    public SessionTokens(Clock clock) {
        this.clock = clock;
    }

    /**
     * A new token of {@code instance}'s.
     *
     * @param life 1 second to {@link #LONGEST}
     */
    public synchronized String issue(InstanceId instance, Duration life) {
        if (life.compareTo(Duration.ofSeconds(1)) < 0 || life.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a token lives 1 to " + LONGEST.toSeconds() + " s: " + life);
        }
        forgetExpired();
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Deque<Issued> mine = issued.computeIfAbsent(instance, id -> new ArrayDeque<>());
        if (mine.size() >= MOST_PER_GUEST) {
            mine.removeFirst();
        }
        mine.addLast(new Issued(digest(token), clock.instant().plus(life)));
        return token;
    }

    /** Whether {@code token} was issued to {@code instance} and has not expired. */
    public synchronized boolean isValid(InstanceId instance, String token) {
        byte[] digest = digest(token);
        Instant now = clock.instant();
        return issued.getOrDefault(instance, new ArrayDeque<>()).stream()
                .anyMatch(mine -> mine.expiresAt().isAfter(now) && MessageDigest.isEqual(mine.digest(), digest));
    }

    /** How many tokens are kept. */
    synchronized int size() {
        return issued.values().stream().mapToInt(Deque::size).sum();
    }

    private void forgetExpired() {
        Instant now = clock.instant();
        issued.values()
                .forEach(mine -> mine.removeIf(token -> !token.expiresAt().isAfter(now)));
        issued.values().removeIf(Deque::isEmpty);
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared as a whole.
    private record Issued(byte[] digest, Instant expiresAt) {}
}
