package org.tresccad.rest.tresccad;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.UUID;
import org.tresccad.network.Network;

/** The guest network, for who wants a server with an address of his choice. */
@Path("tresccad/v1/network")
@Produces(MediaType.APPLICATION_JSON)
public final class NetworkResource {
    private final Network network;
    private final UUID id;
    private final String name;

    /** The network that {@code network} is, called {@code id} and {@code name} in the compute API. */
    public NetworkResource(Network network, UUID id, String name) {
        this.network = network;
        this.id = id;
        this.name = name;
    }

    /** {@code {"id": "5b0e...", "name": "private", "cidr": "10.77.0.0/24"}}; {@code id} is what {@code networks} takes. */
    public record View(UUID id, String name, String cidr) {}

    /** The one there is. */
    @GET
    public View show() {
        return new View(id, name, network.guestNetwork().subnet().toString());
    }
}
