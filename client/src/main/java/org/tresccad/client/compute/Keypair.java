package org.tresccad.client.compute;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/** A public SSH key that guests may be given. */
public record Keypair(
        String name, @JsonProperty("public_key") Optional<String> publicKey, Optional<String> fingerprint) {}
