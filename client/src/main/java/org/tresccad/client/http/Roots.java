package org.tresccad.client.http;

import java.util.List;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** Roots of services, from what catalogs say: with or without a version, a project, a last slash. */
final class Roots {
    private static final Pattern VERSION = Pattern.compile("v\\d+(\\.\\d+)?");

    private Roots() {}

    /** {@code url} without a last slash, and with {@code version} at its end unless some version is in it. */
    static HttpUrl versioned(HttpUrl url, String version) {
        HttpUrl trimmed = trimmed(url);
        boolean has = trimmed.pathSegments().stream()
                .anyMatch(part -> VERSION.matcher(part).matches());
        return has ? trimmed : trimmed.newBuilder().addPathSegment(version).build();
    }

    /** tresccad's own routes live beside the compute service, whatever path that has. */
    static HttpUrl tresccad(HttpUrl compute) {
        return compute.newBuilder().encodedPath("/tresccad/v1").query(null).build();
    }

    private static HttpUrl trimmed(HttpUrl url) {
        List<String> parts = url.pathSegments();
        HttpUrl.Builder builder = url.newBuilder().query(null).fragment(null);
        for (int last = parts.size() - 1; last >= 0 && parts.get(last).isEmpty(); last--) {
            builder.removePathSegment(last);
        }
        return builder.build();
    }
}
