package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import org.tresccad.instance.Flavor;

/**
 * A flavor.
 *
 * <pre>{@code
 * {"id": "1", "name": "m1.tiny", "ram": 512, "vcpus": 1, "disk": 1, "swap": "", "rxtx_factor": 1.0,
 *  "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": false, "os-flavor-access:is_public": true,
 *  "links": [{"rel": "self", "href": "http://host:8774/compute/v2.1/flavors/1"}, ...]}
 * }</pre>
 */
public final class FlavorView {
    private FlavorView() {}

    /** Id, name and links, as in a short list. */
    public static ObjectNode brief(Flavor flavor, Microversion version, Links links) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", flavor.id());
        view.put("name", flavor.name());
        view.set("links", links.selfAndBookmark("flavors/" + flavor.id()));
        if (version.isAtLeast(55)) {
            view.putNull("description");
        }
        return view;
    }

    /** Everything; 2.55 adds the description (we keep none), 2.61 the extra specs, 2.75 makes swap a number. */
    public static ObjectNode detail(Flavor flavor, Microversion version, Links links) {
        ObjectNode view = brief(flavor, version, links);
        view.put("ram", flavor.memoryMib());
        view.put("vcpus", flavor.vcpus());
        view.put("disk", flavor.diskGib());
        if (version.isAtLeast(75)) {
            view.put("swap", 0);
        } else {
            view.put("swap", "");
        }
        view.put("rxtx_factor", 1.0);
        view.put("OS-FLV-EXT-DATA:ephemeral", 0);
        view.put("OS-FLV-DISABLED:disabled", false);
        view.put("os-flavor-access:is_public", flavor.isPublic());
        if (version.isAtLeast(61)) {
            view.set("extra_specs", strings(flavor.extraSpecs()));
        }
        return view;
    }

    /** In a server: a reference before 2.47, the sizes themselves from then on. */
    public static ObjectNode inServer(Flavor flavor, Microversion version, Links links) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        if (version.isAtLeast(47)) {
            view.put("vcpus", flavor.vcpus());
            view.put("ram", flavor.memoryMib());
            view.put("disk", flavor.diskGib());
            view.put("ephemeral", 0);
            view.put("swap", 0);
            view.put("original_name", flavor.name());
            view.set("extra_specs", strings(flavor.extraSpecs()));
        } else {
            view.put("id", flavor.id());
            view.set("links", links.bookmark("flavors/" + flavor.id()));
        }
        return view;
    }

    /** A map of strings as an object, in the order of its keys. */
    static ObjectNode strings(Map<String, String> map) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        new TreeMap<>(map).forEach(view::put);
        return view;
    }
}
