package org.tresccad.hypervisor;

import java.util.Set;
import java.util.TreeSet;

/**
 * A named CPU model of libvirt's, with the features added to it and taken from it. Never host-passthrough: what runs on
 * a named model can be resumed elsewhere.
 */
public record CpuModel(String name, Set<String> required, Set<String> disabled) {
    private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    /** Checks the names, which end up in XML and in messages. */
    public CpuModel {
        required = java.util.Collections.unmodifiableSet(new TreeSet<>(required));
        disabled = java.util.Collections.unmodifiableSet(new TreeSet<>(disabled));
        if (!name.matches(WORD)
                || !required.stream().allMatch(f -> f.matches(WORD))
                || !disabled.stream().allMatch(f -> f.matches(WORD))) {
            throw new IllegalArgumentException("not a CPU model: " + name);
        }
    }

    /** The model as it is. */
    public static CpuModel of(String name) {
        return new CpuModel(name, Set.of(), Set.of());
    }
}
