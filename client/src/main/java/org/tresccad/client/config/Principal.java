package org.tresccad.client.config;

import java.util.Map;
import java.util.Optional;

/**
 * A user, project or domain as Keystone lets one name it: by id, or by name within a domain.
 *
 * @param byId whether {@code value} is an id
 * @param value the id or the name
 * @param domain where the name lives; empty for ids and for domains themselves
 */
public record Principal(boolean byId, String value, Optional<Principal> domain) {
    /** The domain of installations that know no domains. */
    public static final Principal DEFAULT_DOMAIN = id("default");

    /** Checks that the value is there. */
    public Principal {
        if (value.isBlank()) {
            throw new IllegalArgumentException("blank id or name");
        }
    }

    /** Named by id. */
    public static Principal id(String id) {
        return new Principal(true, id, Optional.empty());
    }

    /** A domain named by name. */
    public static Principal domain(String name) {
        return new Principal(false, name, Optional.empty());
    }

    /** A user or project by name in {@code domain}. */
    public static Principal named(String name, Principal domain) {
        return new Principal(false, name, Optional.of(domain));
    }

    /** Keystone's JSON: {@code {"id": ...}} or {@code {"name": ..., "domain": {...}}}. */
    public Map<String, Object> toJson() {
        if (byId) {
            return Map.of("id", value);
        }
        return domain.<Map<String, Object>>map(d -> Map.of("name", value, "domain", d.toJson()))
                .orElseGet(() -> Map.of("name", value));
    }
}
