package org.tresccad.rest.guest.json;

import java.util.List;

/**
 * {@code GET /tresccad/v1/}: {@code {"version": "v1", "resources": ["destinations", "events",
 * "instance", "migrations"]}}.
 */
public record IndexView(String version, List<String> resources) {}
