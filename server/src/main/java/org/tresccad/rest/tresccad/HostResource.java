package org.tresccad.rest.tresccad;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.instance.Capacity;
import org.tresccad.migration.Destination;
import org.tresccad.migration.Destinations;
import org.tresccad.migration.peer.HandoverWire.CpuView;
import org.tresccad.migration.peer.HandoverWire.HostView;
import org.tresccad.migration.peer.HandoverWire.HypervisorView;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.tresccad.json.DestinationsResponse;

/** What this host is, and where its guests could go. */
@Path("tresccad/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class HostResource {
    private final UUID hostId;
    private final String hostName;
    private final String version;
    private final Hypervisor hypervisor;
    private final Capacity capacity;
    private final Destinations destinations;

    /** Wires it. */
    public HostResource(
            UUID hostId,
            String hostName,
            String version,
            Hypervisor hypervisor,
            Capacity capacity,
            Destinations destinations) {
        this.hostId = hostId;
        this.hostName = hostName;
        this.version = version;
        this.hypervisor = hypervisor;
        this.capacity = capacity;
        this.destinations = destinations;
    }

    /** The host. */
    @GET
    @Path("host")
    public HostView host() {
        HostCapabilities capabilities = hypervisor.capabilities();
        return new HostView(
                hostId,
                hostName,
                version,
                new HypervisorView(
                        capabilities.virtType().libvirtName(),
                        capabilities.architecture(),
                        capabilities.qemuVersion(),
                        capabilities.libvirtVersion(),
                        capabilities.cpuModels().stream().sorted().toList(),
                        capabilities.cpu().map(CpuView::of),
                        capabilities.machines().stream().sorted().toList(),
                        capabilities.memoryMib(),
                        capacity.freeMemoryMib(),
                        capacity.freeDiskBytes()));
    }

    /** The destinations of the caller's project, each asked just now. */
    @GET
    @Path("destinations")
    public DestinationsResponse destinations(@Context ContainerRequestContext request) {
        List<Destination> found =
                destinations.probe(Authenticated.caller(request).projectId());
        return new DestinationsResponse(found.stream()
                .map(d ->
                        new DestinationsResponse.DestinationView(d.name(), d.kind(), d.isReachable(), true, d.reason()))
                .toList());
    }
}
