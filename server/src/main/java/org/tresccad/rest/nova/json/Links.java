package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** The {@code links} every resource of the compute API carries; made from the address the client itself used. */
public final class Links {
    private final String version;
    private final String root;

    /** {@code base} is the URI of the whole API listener, {@code http://host:8774}, without a slash at its end. */
    public Links(String base) {
        this.root = base + "/compute";
        this.version = root + "/v2.1";
    }

    /** The URI of a path below the versioned root. */
    public String to(String path) {
        return version + "/" + path;
    }

    /** The URI of the root of all versions. */
    public String root() {
        return root;
    }

    /** The URI of the versioned root, with a slash at its end. */
    public String versionRoot() {
        return version + "/";
    }

    /** {@code self}, and {@code bookmark} without a version. */
    public ArrayNode selfAndBookmark(String path) {
        ArrayNode links = JsonNodeFactory.instance.arrayNode();
        links.addObject().put("rel", "self").put("href", to(path));
        links.addObject().put("rel", "bookmark").put("href", root + "/" + path);
        return links;
    }

    /** {@code bookmark} alone. */
    public ArrayNode bookmark(String path) {
        ArrayNode links = JsonNodeFactory.instance.arrayNode();
        links.addObject().put("rel", "bookmark").put("href", root + "/" + path);
        return links;
    }

    /** {@code next}: where the list goes on. */
    public ArrayNode next(String pathAndQuery) {
        ArrayNode links = JsonNodeFactory.instance.arrayNode();
        links.addObject().put("rel", "next").put("href", to(pathAndQuery));
        return links;
    }
}
