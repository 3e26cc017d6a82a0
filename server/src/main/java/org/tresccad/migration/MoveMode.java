package org.tresccad.migration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How an instance is moved (design, section 7). */
public enum MoveMode {
    /** The one with the shortest predicted interruption. */
    AUTO,
    /** Stop and copy, through the image service. */
    PACKAGE,
    /** Disk and memory sent ahead while the guest runs, through the image service too. */
    WARM,
    /** Disk only, through public OpenStack APIs; not in this version. */
    COLD,
    /** Pre-copy between two tresccad hosts; not in this version. */
    LIVE;

    /** The word on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The mode of that name. */
    public static Optional<MoveMode> parse(String name) {
        return Arrays.stream(values()).filter(m -> m.wireName().equals(name)).findFirst();
    }

    /** Whether this version has it. */
    public boolean exists() {
        return switch (this) {
            case AUTO, PACKAGE, WARM -> true;
            case COLD, LIVE -> false;
        };
    }
}
