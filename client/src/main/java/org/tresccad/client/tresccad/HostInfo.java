package org.tresccad.client.tresccad;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What a tresccad host says of itself; {@code all} is the whole answer. */
public record HostInfo(Optional<String> name, Optional<String> version, JsonNode all) {}
