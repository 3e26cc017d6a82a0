package org.tresccad.rest.guest.json;

/**
 * {@code {"seconds": 10.0}}.
 *
 * @param seconds that the guest has from now on
 */
public record DelayView(double seconds) {}
