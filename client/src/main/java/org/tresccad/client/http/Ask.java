package org.tresccad.client.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One question to a cloud.
 *
 * @param what it as a phrase for error messages: "show server 42"
 * @param segments of the path below the service's root; each is escaped
 * @param body JSON-able value, sent as {@code mediaType}
 */
public record Ask(
        Service service,
        String method,
        String what,
        List<String> segments,
        Map<String, String> query,
        Optional<Object> body,
        String mediaType) {
    private static final String JSON = "application/json";

    /** Refuses segments that a URL would swallow. */
    public Ask {
        for (String segment : segments) {
            if (segment.isBlank() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("'" + segment + "' cannot be part of an address");
            }
        }
        segments = List.copyOf(segments);
        query = Map.copyOf(query);
    }

    /** A GET. */
    public static Ask get(Service service, String what, String... segments) {
        return of("GET", service, what, segments);
    }

    /** A DELETE. */
    public static Ask delete(Service service, String what, String... segments) {
        return of("DELETE", service, what, segments);
    }

    /** A POST of {@code body} as JSON. */
    public static Ask post(Service service, String what, Object body, String... segments) {
        return of("POST", service, what, segments).with(body, JSON);
    }

    /** A PUT of {@code body} as JSON. */
    public static Ask put(Service service, String what, Object body, String... segments) {
        return of("PUT", service, what, segments).with(body, JSON);
    }

    /** A PATCH of {@code body} as {@code mediaType}. */
    public static Ask patch(Service service, String what, Object body, String mediaType, String... segments) {
        return of("PATCH", service, what, segments).with(body, mediaType);
    }

    /** This with {@code key=value} added to the query. */
    public Ask query(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(query);
        more.put(key, value);
        return new Ask(service, method, what, segments, more, body, mediaType);
    }

    /** Below {@code path}, which is relative, slash-separated and may end in {@code ?key=value&...} (not escaped). */
    public static Ask relative(Service service, String method, String what, String path, Optional<Object> body) {
        int mark = path.indexOf('?');
        String plain = mark < 0 ? path : path.substring(0, mark);
        Map<String, String> query = new LinkedHashMap<>();
        if (mark >= 0) {
            for (String pair : path.substring(mark + 1).split("&", -1)) {
                int equals = pair.indexOf('=');
                query.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
            }
        }
        return new Ask(service, method, what, List.of(plain.split("/", -1)), query, body, JSON);
    }

    /** Any other method, without a body. */
    public static Ask of(String method, Service service, String what, String... segments) {
        return new Ask(service, method, what, new ArrayList<>(List.of(segments)), Map.of(), Optional.empty(), JSON);
    }

    private Ask with(Object newBody, String newType) {
        return new Ask(service, method, what, segments, query, Optional.of(newBody), newType);
    }
}
