package org.tresccad.instance;

import java.time.Instant;

/**
 * Why an instance is in {@link InstanceStatus#ERROR}.
 *
 * @param message a sentence for its owner
 * @param code Nova's HTTP-like code, 500 mostly
 */
public record Fault(String message, int code, Instant createdAt) {}
