package org.tresccad.instance;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an owner or a client notes about an instance; the guest never sees it and nothing here acts on it.
 *
 * @param description free text
 * @param accessIpv4 an address under which the owner says the guest can be reached; dotted form
 * @param accessIpv6 the same for IPv6, in canonical form (RFC 5952)
 * @param tags in order
 * @param lockedReason why it is locked
 * @param reservation what instances that were asked for together have in common
 */
public record Annotation(
        Optional<String> description,
        Optional<String> accessIpv4,
        Optional<String> accessIpv6,
        SortedSet<String> tags,
        Optional<String> lockedReason,
        Optional<String> reservation) {
    /** Nothing noted. */
    public static final Annotation NONE = new Annotation(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Collections.emptySortedSet(),
            Optional.empty(),
            Optional.empty());

    /** Copies. */
    public Annotation {
        tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    }

    /** The same with another description. */
    public Annotation withDescription(Optional<String> text) {
        return new Annotation(text, accessIpv4, accessIpv6, tags, lockedReason, reservation);
    }

    /** The same with other access addresses. */
    public Annotation withAccess(Optional<String> ipv4, Optional<String> ipv6) {
        return new Annotation(description, ipv4, ipv6, tags, lockedReason, reservation);
    }

    /** The same with other tags. */
    public Annotation withTags(SortedSet<String> newTags) {
        return new Annotation(description, accessIpv4, accessIpv6, newTags, lockedReason, reservation);
    }

    /** The same with another reason of the lock. */
    public Annotation withLockedReason(Optional<String> reason) {
        return new Annotation(description, accessIpv4, accessIpv6, tags, reason, reservation);
    }

    /** The same with another reservation. */
    public Annotation withReservation(Optional<String> id) {
        return new Annotation(description, accessIpv4, accessIpv6, tags, lockedReason, id);
    }
}
