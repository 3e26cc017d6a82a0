package org.tresccad.client.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the sentence in an error body: Nova's {@code {"itemNotFound": {"message": ..}}}, Keystone's
 * {@code {"error": {"message": ..}}}, Glance's HTML, or plain text. What comes back is one printable line.
 */
final class FaultText {
    private static final int LONGEST = 600;
    private static final Pattern HEAD = Pattern.compile("(?is)<(title|h1|head|style|script)\\b.*?</\\1\\s*>");
    private static final Pattern TAG = Pattern.compile("(?s)<[^>]{0,200}>");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\s]+");

    private FaultText() {}

    static String of(String body, int status) {
        String found = fromJson(body).orElseGet(() -> fromMarkup(body));
        String line = UNPRINTABLE.matcher(found).replaceAll(" ").strip();
        if (line.isEmpty()) {
            return "no reason given (HTTP " + status + ")";
        }
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    private static Optional<String> fromJson(String body) {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(body);
        } catch (JsonProcessingException notJson) {
            return Optional.empty();
        }
        if (!root.isObject()) {
            return Optional.empty();
        }
        if (root.path("message").isTextual()) {
            return Optional.of(root.path("message").asText());
        }
        for (JsonNode child : root) {
            if (child.path("message").isTextual()) {
                return Optional.of(child.path("message").asText());
            }
        }
        return Optional.empty();
    }

    private static String fromMarkup(String body) {
        if (!body.stripLeading().startsWith("<")) {
            return body;
        }
        return TAG.matcher(HEAD.matcher(body).replaceAll(" "))
                .replaceAll(" ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#x27;", "'")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }
}
