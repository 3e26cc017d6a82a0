package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.NewImage;

/**
 * A change of an image, in either of Glance's notations: RFC 6902's {@code [{"op": "replace", "path": "/name",
 * "value": "x"}]} (openstack-images-v2.1-json-patch), and its draft's {@code [{"replace": "/name", "value": "x"}]}
 * (v2.0).
 */
public final class ImagePatch {
    private static final List<String> OPERATIONS = List.of("add", "replace", "remove");

    private record Operation(String name, String key, JsonNode value) {}

    private final List<Operation> operations;

    private ImagePatch(List<Operation> operations) {
        this.operations = operations;
    }

    /** Reads either notation; BAD_REQUEST for anything else. */
    public static ImagePatch parse(JsonNode body) {
        if (!body.isArray()) {
            throw wrong("The body must be an array of operations.");
        }
        List<Operation> operations = new ArrayList<>();
        body.forEach(entry -> operations.add(operation(entry)));
        return new ImagePatch(operations);
    }

    /**
     * The choices after this patch.
     *
     * @throws TresccadException CONFLICT when something is replaced or removed that is not there
     */
    public NewImage applyTo(NewImage choices) {
        ImageForm form = ImageForm.of(choices);
        for (Operation operation : operations) {
            boolean isNew = operation.name().equals("add");
            if (!isNew && !form.has(operation.key())) {
                throw new TresccadException(ErrorKind.CONFLICT, "Property " + operation.key() + " does not exist.");
            }
            if (operation.name().equals("remove")) {
                form.remove(operation.key());
            } else {
                form.set(operation.key(), operation.value());
            }
        }
        return form.filled();
    }

    private static Operation operation(JsonNode entry) {
        String name = entry.path("op").textValue();
        JsonNode path = entry.path("path");
        if (name == null) {
            List<String> named = OPERATIONS.stream().filter(entry::has).toList();
            if (named.size() != 1) {
                throw wrong("An operation is one of add, replace, remove.");
            }
            name = named.get(0);
            path = entry.path(name);
        }
        if (!OPERATIONS.contains(name)) {
            throw wrong("An operation is one of add, replace, remove.");
        }
        JsonNode value = entry.path("value");
        if (!name.equals("remove") && value instanceof MissingNode) {
            throw wrong("Operation " + name + " needs a value.");
        }
        return new Operation(name, key(path), value);
    }

    /** The one step of a JSON pointer (RFC 6901). */
    private static String key(JsonNode path) {
        String pointer = path.textValue();
        if (pointer == null || !pointer.startsWith("/") || pointer.length() < 2 || pointer.indexOf('/', 1) >= 0) {
            throw wrong("A path names one attribute: /name, say.");
        }
        String escaped = pointer.substring(1);
        if (escaped.matches(".*~([^01].*|$)")) {
            throw wrong("In a path, ~ is written ~0 and / is written ~1.");
        }
        return escaped.replace("~1", "/").replace("~0", "~");
    }

    private static TresccadException wrong(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
