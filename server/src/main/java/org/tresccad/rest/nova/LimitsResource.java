package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Instances;
import org.tresccad.instance.Quotas;

/** What the caller's project may use and does use. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class LimitsResource {
    private final Instances instances;
    private final Quotas quotas;

    LimitsResource(Instances instances, Quotas quotas) {
        this.instances = instances;
        this.quotas = quotas;
    }

    /** All limits; there are no rates. */
    @GET
    @Path("v2.1/limits")
    public ObjectNode limits(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        List<Instance> used = instances.list(request.caller(), false);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode limits = body.putObject("limits");
        limits.putArray("rate");
        ObjectNode view = limits.putObject("absolute");
        view.put("maxServerMeta", quotas.metadataItems());
        view.put("maxTotalInstances", quotas.instances());
        view.put("maxTotalCores", quotas.cores());
        view.put("maxTotalRAMSize", quotas.memoryMib());
        view.put("maxTotalKeypairs", quotas.keyPairs());
        view.put("maxServerGroups", 0);
        view.put("maxServerGroupMembers", 0);
        view.put("totalServerGroupsUsed", 0);
        view.put("totalInstancesUsed", used.size());
        view.put("totalCoresUsed", Usage.of(used).cores());
        view.put("totalRAMUsed", Usage.of(used).memoryMib());
        if (!request.version().isAtLeast(36)) {
            view.put("maxTotalFloatingIps", 0);
            view.put("totalFloatingIpsUsed", 0);
            view.put("maxSecurityGroups", 1);
            view.put("maxSecurityGroupRules", 0);
            view.put("totalSecurityGroupsUsed", 1);
        }
        if (!request.version().isAtLeast(39)) {
            view.put("maxImageMeta", quotas.metadataItems());
        }
        if (!request.version().isAtLeast(57)) {
            view.put("maxPersonality", 0);
            view.put("maxPersonalitySize", 0);
        }
        return body;
    }
}
