package org.tresccad.daemon.config;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Guesses which key was meant. */
final class NearestKey {
    private final Set<String> known = new LinkedHashSet<>();

    NearestKey(Collection<String> keys, Collection<String> lists) {
        known.addAll(keys);
        known.addAll(lists);
    }

    /** The known key most like {@code written}, if any is like it at all. */
    Optional<String> to(String written) {
        // A misspelt list is meant as a whole, whatever its items say.
        int item = written.indexOf('[');
        String start = item < 0 ? written : written.substring(0, item);
        Optional<String> best = Optional.empty();
        int bestDistance = Integer.MAX_VALUE;
        for (String key : known) {
            int distance = Math.min(distance(written, key), distance(start, key) + (item < 0 ? 0 : 1));
            // Half of the key right is the least that is a misspelling and not another word.
            if (distance < bestDistance && distance * 2 <= key.length()) {
                best = Optional.of(key);
                bestDistance = distance;
            }
        }
        return best;
    }

    private static int distance(String written, String key) {
        // Environment variables have only underscores.
        String plain = key.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        String other = written.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        int whole = LevenshteinDistance.getDefaultInstance().apply(other, plain);
        String last = key.substring(key.lastIndexOf('.') + 1);
        // "listen" alone: the section was forgotten.
        return other.equals(last) ? 1 : whole;
    }
}
