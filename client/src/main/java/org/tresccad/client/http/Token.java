package org.tresccad.client.http;

import java.time.Instant;
import org.tresccad.client.config.Secret;

/**
 * A scoped token and what came with it.
 *
 * @param renewAt by our own clock, safely before the cloud lets it expire
 */
record Token(Secret secret, Instant renewAt, String projectId, String userId, Catalog catalog) {}
