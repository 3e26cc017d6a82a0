package org.tresccad.rest.nova;

import jakarta.ws.rs.core.MultivaluedMap;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * One page of a list.
 *
 * @param items what is on it
 * @param next the query that asks for the next page, when there may be one
 */
record Page<T>(List<T> items, Optional<String> next) {
    /** The most on one page, Nova's {@code max_limit}. */
    private static final int MOST = 1000;

    /**
     * The page that {@code limit} and {@code marker} of {@code query} ask for.
     *
     * @throws TresccadException BAD_REQUEST for a limit that is none, or a marker that is not in the list
     */
    static <T> Page<T> of(List<T> all, MultivaluedMap<String, String> query, Function<T, String> id) {
        int limit = number(query, "limit").map(n -> Math.min(n, MOST)).orElse(MOST);
        @Nullable String marker = query.getFirst("marker");
        int from = 0;
        if (marker != null) {
            List<String> ids = all.stream().map(id).toList();
            from = ids.indexOf(marker) + 1;
            if (from == 0) {
                throw new TresccadException(ErrorKind.BAD_REQUEST, "marker [" + marker + "] not found");
            }
        }
        List<T> items = all.subList(from, Math.min(all.size(), from + limit));
        boolean mayGoOn = !items.isEmpty() && items.size() == limit && (query.containsKey("limit") || limit == MOST);
        return new Page<>(
                List.copyOf(items),
                mayGoOn ? Optional.of(queryAfter(query, id.apply(items.get(items.size() - 1)))) : Optional.empty());
    }

    /** A parameter that is a whole number from 0 on. */
    static Optional<Integer> number(MultivaluedMap<String, String> query, String name) {
        return Optional.ofNullable(query.getFirst(name)).map(text -> {
            if (!text.matches("[0-9]{1,9}")) {
                throw new TresccadException(
                        ErrorKind.BAD_REQUEST, "Invalid input for query parameter " + name + ": not a number >= 0.");
            }
            return Integer.parseInt(text);
        });
    }

    private static String queryAfter(MultivaluedMap<String, String> query, String marker) {
        String others = query.entrySet().stream()
                .filter(entry -> !entry.getKey().equals("marker"))
                .flatMap(
                        entry -> entry.getValue().stream().map(value -> encoded(entry.getKey()) + "=" + encoded(value)))
                .collect(Collectors.joining("&"));
        return (others.isEmpty() ? "" : others + "&") + "marker=" + encoded(marker);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
