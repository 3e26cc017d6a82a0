package org.tresccad.rest;

import jakarta.ws.rs.core.UriInfo;

/** Under which address the client reached us, so that the links we give lead back the same way. */
public final class BaseUri {
    private BaseUri() {}

    /** As {@code http://host:port}, without a slash at the end; from the request's Host header. */
    public static String of(UriInfo uri) {
        String base = uri.getBaseUri().toString();
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }
}
