package org.tresccad.client.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import okhttp3.HttpUrl;
import org.tresccad.client.error.CloudProtocolError;

/** Lists that clouds give page by page. */
public final class Pages {
    private static final HttpUrl ANYWHERE = HttpUrl.get("http://localhost/");

    private Pages() {}

    /**
     * All pages of a list.
     *
     * @param list without filter
     * @param filter parameters of the first page's query
     * @param next a page's link to the one behind it; missing or null on the last
     * @throws CloudProtocolError when they go in a circle
     */
    public static List<JsonNode> of(
            CloudHttp http, Ask list, Map<String, String> filter, UnaryOperator<JsonNode> next) {
        List<JsonNode> pages = new ArrayList<>();
        Set<String> markers = new HashSet<>();
        Map<String, String> query = filter;
        while (true) {
            Ask ask = list;
            for (Map.Entry<String, String> parameter : query.entrySet()) {
                ask = ask.query(parameter.getKey(), parameter.getValue());
            }
            JsonNode page = http.json(ask, JsonNode.class);
            pages.add(page);
            JsonNode link = next.apply(page);
            if (link.isMissingNode() || link.isNull()) {
                return List.copyOf(pages);
            }
            query = query(link.asText());
            // A cloud that answers the same page for ever must not keep us for ever.
            if (!markers.add(query.getOrDefault("marker", ""))) {
                throw new CloudProtocolError(http.cloud(), list.what(), "its pages go in a circle");
            }
        }
    }

    /**
     * The query of {@code link}, absolute or relative. Its host and path are of no use: they lack whatever proxy or
     * prefix stands before the service, and following them would carry the token to wherever the answer says.
     */
    private static Map<String, String> query(String link) {
        Map<String, String> query = new LinkedHashMap<>();
        Optional.ofNullable(ANYWHERE.resolve(link)).ifPresent(url -> url.queryParameterNames()
                .forEach(name ->
                        Optional.ofNullable(url.queryParameter(name)).ifPresent(value -> query.put(name, value))));
        return query;
    }
}
