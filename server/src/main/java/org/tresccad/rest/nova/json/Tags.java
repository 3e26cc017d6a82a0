package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Tags of a server: at most 50, each of 1 to 60 characters, none with a slash or a comma. */
public final class Tags {
    private static final int MOST = 50;
    private static final int LONGEST = 60;

    private Tags() {}

    /** The tags of a list. */
    public static SortedSet<String> of(List<JsonNode> list) {
        SortedSet<String> tags = new TreeSet<>();
        for (JsonNode node : list) {
            if (!node.isTextual()) {
                throw Fields.invalid("tags", "has an entry that is not a string");
            }
            tags.add(checked(node.textValue()));
        }
        return atMost(tags);
    }

    /** One tag. */
    public static String checked(String tag) {
        if (tag.isEmpty() || tag.length() > LONGEST || tag.contains("/") || tag.contains(",")) {
            throw Fields.invalid("tags", "has a tag that is empty, longer than 60 characters, or contains / or ,");
        }
        return tag;
    }

    /** Refuses too many. */
    public static SortedSet<String> atMost(SortedSet<String> tags) {
        if (tags.size() > MOST) {
            throw Fields.invalid("tags", "has more than " + MOST + " tags");
        }
        return tags;
    }
}
