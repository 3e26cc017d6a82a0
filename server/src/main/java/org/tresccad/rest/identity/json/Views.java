package org.tresccad.rest.identity.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tresccad.identity.Project;
import org.tresccad.identity.User;

/** Small views of Keystone's things. */
public final class Views {
    private Views() {}

    /** {@code {"id": ..., "name": "demo", "domain_id": "default", "enabled": true, ...}}. */
    public record ProjectView(
            String id,
            String name,
            @JsonProperty("domain_id") String domainId,
            @JsonProperty("parent_id") String parentId,
            String description,
            boolean enabled,
            @JsonProperty("is_domain") boolean isDomain,
            List<String> tags,
            Map<String, String> options,
            Map<String, String> links) {
        /** The view of {@code project} under {@code base}. */
        public static ProjectView of(Project project, String base) {
            String id = project.id().value();
            return new ProjectView(
                    id,
                    project.name(),
                    DomainView.ID,
                    DomainView.ID,
                    "",
                    true,
                    false,
                    List.of(),
                    Map.of(),
                    self(base, "projects", id));
        }
    }

    /** {@code {"id": ..., "name": "demo", "domain_id": "default", "enabled": true, ...}}. */
    public record UserView(
            String id,
            String name,
            @JsonProperty("domain_id") String domainId,
            boolean enabled,
            Map<String, String> options,
            Map<String, String> links) {
        /** The view of {@code user} under {@code base}. */
        public static UserView of(User user, String base) {
            String id = user.id().value();
            return new UserView(id, user.name(), DomainView.ID, true, Map.of(), self(base, "users", id));
        }
    }

    /** {@code {"id": "default", "name": "Default", "description": "", "enabled": true, ...}}. */
    public record DomainDetail(
            String id, String name, String description, boolean enabled, List<String> tags, Map<String, String> links) {
        /** The one domain, under {@code base}. */
        public static DomainDetail of(String base) {
            return new DomainDetail(
                    DomainView.ID, DomainView.NAME, "", true, List.of(), self(base, "domains", DomainView.ID));
        }
    }

    /** {@code {"self": ..., "previous": null, "next": null}}. */
    public static Map<String, Object> listLinks(String self) {
        Map<String, Object> links = new HashMap<>();
        links.put("self", self);
        links.put("previous", NullNode.instance);
        links.put("next", NullNode.instance);
        return links;
    }

    private static Map<String, String> self(String base, String kind, String id) {
        return Map.of("self", base + "/identity/v3/" + kind + "/" + id);
    }
}
