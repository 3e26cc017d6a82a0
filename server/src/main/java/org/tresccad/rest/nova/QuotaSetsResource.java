package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Instances;
import org.tresccad.instance.Quotas;
import org.tresccad.rest.nova.json.Fields;

/** Quotas of a project. They come from the host's configuration and are the same for every project. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class QuotaSetsResource {
    private static final int NETWORK_QUOTAS_GONE_SINCE = 36;
    private static final int FILE_QUOTAS_GONE_SINCE = 57;

    private final Instances instances;
    private final Quotas quotas;

    QuotaSetsResource(Instances instances, Quotas quotas) {
        this.instances = instances;
        this.quotas = quotas;
    }

    /** The project's. */
    @GET
    @Path("v2.1/os-quota-sets/{project}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("project") String project) {
        NovaRequest request = NovaRequest.of(context);
        requireVisible(request, project);
        return plain(request, project);
    }

    /** What a project has of which nobody said otherwise. */
    @GET
    @Path("v2.1/os-quota-sets/{project}/defaults")
    public ObjectNode defaults(@Context ContainerRequestContext context, @PathParam("project") String project) {
        return plain(NovaRequest.of(context), project);
    }

    /** With what is used of it. */
    @GET
    @Path("v2.1/os-quota-sets/{project}/detail")
    public ObjectNode detail(@Context ContainerRequestContext context, @PathParam("project") String project) {
        NovaRequest request = NovaRequest.of(context);
        ProjectId id = requireVisible(request, project);
        Usage usage = Usage.of(instances.all().stream()
                .filter((Instance instance) -> instance.project().equals(id))
                .toList());
        Map<String, Long> used =
                Map.of("instances", (long) usage.instances(), "cores", (long) usage.cores(), "ram", usage.memoryMib());
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode view = body.putObject("quota_set").put("id", project);
        limits(request).forEach((name, limit) -> view.putObject(name)
                .put("in_use", used.getOrDefault(name, 0L))
                .put("limit", limit)
                .put("reserved", 0));
        return body;
    }

    private ObjectNode plain(NovaRequest request, String id) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode view = body.putObject("quota_set").put("id", id);
        limits(request).forEach(view::put);
        return body;
    }

    private Map<String, Long> limits(NovaRequest request) {
        Map<String, Long> limits = new LinkedHashMap<>();
        limits.put("instances", (long) quotas.instances());
        limits.put("cores", (long) quotas.cores());
        limits.put("ram", quotas.memoryMib());
        limits.put("key_pairs", (long) quotas.keyPairs());
        limits.put("metadata_items", (long) quotas.metadataItems());
        limits.put("server_groups", 0L);
        limits.put("server_group_members", 0L);
        if (!request.version().isAtLeast(NETWORK_QUOTAS_GONE_SINCE)) {
            limits.put("fixed_ips", -1L);
            limits.put("floating_ips", 0L);
            limits.put("security_groups", 1L);
            limits.put("security_group_rules", 0L);
        }
        if (!request.version().isAtLeast(FILE_QUOTAS_GONE_SINCE)) {
            limits.put("injected_files", 0L);
            limits.put("injected_file_content_bytes", 0L);
            limits.put("injected_file_path_bytes", 0L);
        }
        return limits;
    }

    private static ProjectId requireVisible(NovaRequest request, String project) {
        ProjectId id;
        try {
            id = new ProjectId(project);
        } catch (IllegalArgumentException e) {
            throw Fields.invalid("project_id", "is not the id of a project");
        }
        if (!request.caller().sees(id)) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only an admin may see another project's quotas.");
        }
        return id;
    }
}
