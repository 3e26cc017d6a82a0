package org.tresccad.daemon.config;

/** The two listeners. */
public record HttpConfig(ApiConfig api, GuestApiConfig guestApi) {}
