package org.tresccad.rest.guest;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceSpec;
import org.tresccad.metadata.GuestCaller;
import org.tresccad.metadata.GuestPasswords;
import org.tresccad.metadata.Location;
import org.tresccad.network.Network;
import org.tresccad.rest.guest.json.NetworkData;
import org.tresccad.rest.guest.json.OpenStackMetaData;

/**
 * OpenStack's metadata service. All versions get the same documents: those of old versions lack keys, and readers ignore
 * what they do not know.
 *
 * @see <a href="https://docs.openstack.org/nova/zed/user/metadata.html">Nova: Metadata</a>
 */
@Path("openstack")
public final class OpenStackResource {
    private static final List<String> VERSIONS = List.of(
            "2012-08-10",
            "2013-04-04",
            "2013-10-17",
            "2015-10-15",
            "2016-06-30",
            "2016-10-06",
            "2017-02-22",
            "2018-08-27",
            "2020-10-14",
            "latest");
    private static final int SEED_BYTES = 512;

    private final Location location;
    private final Network network;
    private final GuestPasswords passwords;
    private final SecureRandom random = new SecureRandom();

    /** Wires it. */
    public OpenStackResource(Location location, Network network, GuestPasswords passwords) {
        this.location = location;
        this.network = network;
        this.passwords = passwords;
    }

    /** The versions, a line each. */
    @GET
    public Response versions() {
        return Text.ok(String.join("\n", VERSIONS));
    }

    /** What a version has. */
    @GET
    @Path("{version}")
    public Response list(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        String userData = CallingGuest.of(request).userData().isPresent() ? "user_data\n" : "";
        return Text.ok(
                "meta_data.json\n" + userData + "password\nvendor_data.json\nnetwork_data.json\nvendor_data2.json");
    }

    /** Who the guest is. */
    @GET
    @Path("{version}/meta_data.json")
    public Response metaData(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        GuestCaller guest = CallingGuest.of(request);
        Instance instance = guest.instance();
        InstanceSpec spec = instance.spec();
        byte[] seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        return json(new OpenStackMetaData(
                guest.lineage().toString(),
                instance.name(),
                spec.hostname(),
                0,
                location.zone(),
                instance.project().value(),
                new TreeMap<>(instance.metadata()),
                spec.key().map(key -> Map.of(key.name(), key.publicKey())).orElse(Map.of()),
                spec.key().stream()
                        .map(key -> new OpenStackMetaData.Key(key.name(), "ssh", key.publicKey()))
                        .toList(),
                Base64.getEncoder().encodeToString(seed),
                List.of()));
    }

    /** How the guest's card is set up. */
    @GET
    @Path("{version}/network_data.json")
    public Response networkData(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        GuestCaller guest = CallingGuest.of(request);
        return json(NetworkData.dhcp(
                guest.port().id().toString(),
                network.guestNetwork().mtu(),
                guest.port().mac().toString()));
    }

    /** The operator's data for guests: there are none. */
    @GET
    @Path("{version}/{file: vendor_data2?\\.json}")
    public Response vendorData(@PathParam("version") String version) {
        requireVersion(version);
        return json(Map.of());
    }

    /** The user data, decoded. */
    @GET
    @Path("{version}/user_data")
    public Response userData(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        return Ec2Resource.userData(CallingGuest.of(request));
    }

    /** The password the guest left, encrypted; nothing before. */
    @GET
    @Path("{version}/password")
    public Response password(@Context ContainerRequestContext request, @PathParam("version") String version) {
        requireVersion(version);
        return Text.ok(passwords.find(CallingGuest.of(request).instance().id()).orElse(""));
    }

    /** Keeps a password, once. cloudbase-init knows no token, so none is asked for. */
    @POST
    @Path("{version}/password")
    public Response leavePassword(@Context ContainerRequestContext request, @PathParam("version") String version)
            throws IOException {
        requireVersion(version);
        String password = new String(request.getEntityStream().readAllBytes(), StandardCharsets.UTF_8);
        passwords.leave(CallingGuest.of(request).instance().id(), password);
        return Text.ok("");
    }

    private static Response json(Object document) {
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }

    private static void requireVersion(String version) {
        if (!VERSIONS.contains(version)) {
            throw new NotFoundException();
        }
    }
}
