package org.tresccad.metadata;

/**
 * Where a guest is, as it is told. The same for every guest of the host.
 *
 * @param host the host's name, by which its operator and other hosts know it
 * @param region the region of the catalog
 * @param zone the availability zone
 */
public record Location(String host, String region, String zone) {
    /** Checks that each is one line of text. */
    public Location {
        requireLine(host);
        requireLine(region);
        requireLine(zone);
    }

    private static void requireLine(String name) {
        if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("not a name of a place: " + name);
        }
    }
}
