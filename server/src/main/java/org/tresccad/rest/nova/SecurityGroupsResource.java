package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.ProjectId;

/** The one security group every project has; gone since 2.36. What guests may do on the network is the host's rule. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class SecurityGroupsResource {
    private static final int GONE_SINCE = 36;

    /** All: one. */
    @GET
    @Path("v2.1/os-security-groups")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context).before(GONE_SINCE);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("security_groups");
        list.add(view(request.caller().projectId()));
        return body;
    }

    /** One. */
    @GET
    @Path("v2.1/os-security-groups/{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        ProjectId project = NovaRequest.of(context).before(GONE_SINCE).caller().projectId();
        if (!id(project).equals(id)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Security group " + id + " not found.");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("security_group", view(project));
        return body;
    }

    static ObjectNode view(ProjectId project) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", id(project));
        view.put("name", "default");
        view.put("description", "default");
        view.put("tenant_id", project.value());
        view.putArray("rules");
        return view;
    }

    private static String id(ProjectId project) {
        return UUID.nameUUIDFromBytes(("default group of " + project).getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
