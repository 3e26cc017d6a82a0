package org.tresccad.network;

import java.util.Locale;

/** An Ethernet address in lower case, {@code 52:54:00:12:34:56}; unicast only. */
public record MacAddress(String value) {
    /** Normalizes and checks. */
    public MacAddress {
        value = value.toLowerCase(Locale.ROOT);
        if (!value.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}") || (Character.digit(value.charAt(1), 16) & 1) != 0) {
            throw new IllegalArgumentException("not a unicast MAC address: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
