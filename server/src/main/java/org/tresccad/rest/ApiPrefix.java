package org.tresccad.rest;

/** Which API a path belongs to; each renders errors in its own way. */
public enum ApiPrefix {
    /** Keystone's. */
    IDENTITY,
    /** Glance's. */
    IMAGE,
    /** Nova's. */
    COMPUTE,
    /** Ours, and everything else. */
    TRESCCAD;

    /** The API of {@code path}, with or without its leading slash. */
    public static ApiPrefix of(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        int slash = relative.indexOf('/');
        return switch (slash < 0 ? relative : relative.substring(0, slash)) {
            case "identity" -> IDENTITY;
            case "image" -> IMAGE;
            case "compute" -> COMPUTE;
            default -> TRESCCAD;
        };
    }
}
