package org.tresccad.daemon.config;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** One source of values. */
interface Layer {
    /** The value of {@code key}, {@code users[0].name}, if this source has one. */
    Optional<Entry> get(String key);

    /** The indices of {@code list} this source has items or parts of items for. */
    SortedSet<Integer> indices(String list);

    /** What this source has under keys that are not {@code known}, by the key as it would be written in the file. */
    Map<String, Entry> unknown(Set<String> known);
}
