package org.tresccad.network;

/** Addresses from {@code first} to {@code last}, both included. */
public record Ipv4Range(Ipv4 first, Ipv4 last) {
    /** Checks. */
    public Ipv4Range {
        if (first.compareTo(last) > 0) {
            throw new IllegalArgumentException("a range must not end before it starts: " + first + "-" + last);
        }
    }

    /**
     * The range that {@code text} spells, {@code 192.0.2.2-192.0.2.9}.
     *
     * @throws IllegalArgumentException when it does not
     */
    public static Ipv4Range parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw new IllegalArgumentException("not a range of addresses (FIRST-LAST): " + text);
        }
        return new Ipv4Range(
                Ipv4.parse(text.substring(0, dash).strip()),
                Ipv4.parse(text.substring(dash + 1).strip()));
    }

    /** Whether {@code address} is one of them. */
    public boolean contains(Ipv4 address) {
        return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
