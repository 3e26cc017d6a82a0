package org.tresccad.client.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/** Links that clouds put into answers, such as the next page of a list. */
public final class Links {
    private static final HttpUrl ANYWHERE = HttpUrl.get("http://localhost/");

    private Links() {}

    /**
     * The query of {@code link}, absolute or relative. Its host and path are of no use: they lack whatever proxy or
     * prefix stands before the service, and following them would carry the token to wherever the answer says.
     */
    public static Map<String, String> query(String link) {
        Map<String, String> query = new LinkedHashMap<>();
        Optional.ofNullable(ANYWHERE.resolve(link)).ifPresent(url -> url.queryParameterNames()
                .forEach(name ->
                        Optional.ofNullable(url.queryParameter(name)).ifPresent(value -> query.put(name, value))));
        return query;
    }
}
