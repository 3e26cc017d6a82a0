package org.tresccad.daemon.config;

/**
 * One line of {@code --show-config}.
 *
 * @param value as written, or {@code (secret)}
 * @param origin where the value comes from
 */
public record Setting(String key, String value, String origin) {}
