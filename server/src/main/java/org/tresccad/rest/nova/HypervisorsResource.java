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
import java.util.List;
import java.util.Locale;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.identity.Role;
import org.tresccad.instance.Capacity;
import org.tresccad.instance.Instance;
import org.tresccad.instance.Instances;
import org.tresccad.rest.nova.json.Microversion;
import org.tresccad.rest.nova.json.Site;

/** The hypervisors: this host's. For admins. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class HypervisorsResource {
    private final Hypervisor hypervisor;
    private final Instances instances;
    private final Capacity capacity;
    private final Site site;

    HypervisorsResource(Hypervisor hypervisor, Instances instances, Capacity capacity, Site site) {
        this.hypervisor = hypervisor;
        this.instances = instances;
        this.capacity = capacity;
        this.site = site;
    }

    /** Its name. */
    @GET
    @Path("v2.1/os-hypervisors")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = admins(context);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("hypervisors");
        list.add(brief(request.version()));
        return body;
    }

    /** With everything. */
    @GET
    @Path("v2.1/os-hypervisors/detail")
    public ObjectNode detail(@Context ContainerRequestContext context) {
        NovaRequest request = admins(context);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("hypervisors");
        list.add(full(request.version()));
        return body;
    }

    /** Sums over all hosts, which is one. */
    @GET
    @Path("v2.1/os-hypervisors/statistics")
    public ObjectNode statistics(@Context ContainerRequestContext context) {
        admins(context);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        addSizes(body.putObject("hypervisor_statistics").put("count", 1));
        return body;
    }

    /** One. */
    @GET
    @Path("v2.1/os-hypervisors/{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = admins(context);
        ObjectNode view = full(request.version());
        if (!view.get("id").asText().equals(id)) {
            throw new TresccadException(ErrorKind.NOT_FOUND, "Hypervisor with ID '" + id + "' could not be found.");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("hypervisor", view);
        return body;
    }

    private static NovaRequest admins(ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        request.caller().require(Role.ADMIN);
        return request;
    }

    private ObjectNode brief(Microversion version) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        if (version.isAtLeast(53)) {
            view.put("id", site.serviceId().toString());
        } else {
            view.put("id", 1);
        }
        view.put("hypervisor_hostname", site.host());
        view.put("state", "up");
        view.put("status", "enabled");
        return view;
    }

    private ObjectNode full(Microversion version) {
        HostCapabilities host = hypervisor.capabilities();
        ObjectNode view = brief(version);
        addSizes(view);
        view.put("hypervisor_type", host.virtType().libvirtName().toUpperCase(Locale.ROOT));
        view.put("hypervisor_version", number(host.qemuVersion()));
        view.put("host_ip", "127.0.0.1");
        if (version.isAtLeast(28)) {
            view.putObject("cpu_info").put("arch", host.architecture());
        } else {
            view.put("cpu_info", "{\"arch\": \"" + host.architecture() + "\"}");
        }
        ObjectNode service = view.putObject("service").put("host", site.host()).putNull("disabled_reason");
        if (version.isAtLeast(53)) {
            service.put("id", site.serviceId().toString());
        } else {
            service.put("id", 1);
        }
        return view;
    }

    private void addSizes(ObjectNode view) {
        HostCapabilities host = hypervisor.capabilities();
        List<Instance> all = instances.all();
        Usage usage = Usage.of(all);
        long diskGib = capacity.freeDiskBytes() >> 30;
        long usedGib = all.stream().mapToLong(i -> i.spec().diskBytes()).sum() >> 30;
        view.put("vcpus", host.cpus());
        view.put("vcpus_used", usage.cores());
        view.put("memory_mb", host.memoryMib());
        view.put("memory_mb_used", usage.memoryMib());
        view.put("free_ram_mb", capacity.freeMemoryMib());
        view.put("local_gb", diskGib + usedGib);
        view.put("local_gb_used", usedGib);
        view.put("free_disk_gb", diskGib);
        view.put("disk_available_least", diskGib);
        view.put("running_vms", all.stream().filter(Instance::hasDomain).count());
        view.put(
                "current_workload",
                all.stream().filter(i -> i.task().isPresent()).count());
    }

    /** 7.2.19 as 7002019, as libvirt counts. */
    private static int number(String version) {
        int number = 0;
        for (String part : version.split("\\.", 3)) {
            number = number * 1000 + Integer.parseInt(part.replaceAll("[^0-9].*", ""));
        }
        return number;
    }
}
