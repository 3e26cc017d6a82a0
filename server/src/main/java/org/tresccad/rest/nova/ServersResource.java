package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Annotation;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.BootInstance;
import org.tresccad.instance.DeleteInstance;
import org.tresccad.instance.EditInstance;
import org.tresccad.instance.Flavor;
import org.tresccad.instance.Flavors;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.nova.json.AccessAddresses;
import org.tresccad.rest.nova.json.CreateServerRequest;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.Microversion;
import org.tresccad.rest.nova.json.ServerView.Subject;
import org.tresccad.rest.nova.json.Site;

/** Servers: made, listed, shown, edited, deleted. What else can be done to one is in {@link ServerActionsResource}. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class ServersResource {
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Servers servers;
    private final BootInstance booting;
    private final EditInstance editing;
    private final DeleteInstance deleting;
    private final Annotations annotations;
    private final Flavors flavors;
    private final Site site;

    ServersResource(
            Servers servers,
            BootInstance booting,
            EditInstance editing,
            DeleteInstance deleting,
            Annotations annotations,
            Flavors flavors,
            Site site) {
        this.servers = servers;
        this.booting = booting;
        this.editing = editing;
        this.deleting = deleting;
        this.annotations = annotations;
        this.flavors = flavors;
        this.site = site;
    }

    /** A list of names. */
    @GET
    @Path("v2.1/servers")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        return page(request, "servers", subject -> servers.view(request).brief(subject.instance()));
    }

    /** A list with everything. */
    @GET
    @Path("v2.1/servers/detail")
    public ObjectNode detail(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        return page(request, "servers/detail", subject -> servers.view(request).detail(subject));
    }

    /** Makes one, or several alike. */
    @POST
    @Path("v2.1/servers")
    public Response create(@Context ContainerRequestContext context, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        CreateServerRequest wanted = CreateServerRequest.parse(body, request.version(), site);
        editing.checkMetadata(wanted.metadata());
        List<Instance> made = booting.boot(
                request.caller(),
                new BootInstance.Request(
                        wanted.name(),
                        flavor(request, wanted.flavorRef()),
                        wanted.image(),
                        wanted.keyName(),
                        wanted.metadata(),
                        wanted.userData(),
                        wanted.nic(),
                        wanted.count()));
        String reservation = "r-" + random(8).toLowerCase(Locale.ROOT);
        Annotation annotation = wanted.annotation().withReservation(Optional.of(reservation));
        made.forEach(instance -> servers.noteCreation(request, instance, annotation));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        if (wanted.wantsReservation()) {
            answer.put("reservation_id", reservation);
            return Response.accepted(answer).build();
        }
        Instance first = made.get(0);
        answer.set(
                "server",
                servers.view(request).created(first, wanted.adminPassword().orElseGet(() -> random(12))));
        return Response.accepted(answer)
                .location(URI.create(request.links().to("servers/" + first.id())))
                .build();
    }

    /** One. */
    @GET
    @Path("v2.1/servers/{id}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        return wrapped(servers.view(request).show(servers.subject(request, id)));
    }

    /** Another name, description, access address. */
    @PUT
    @Path("v2.1/servers/{id}")
    public ObjectNode update(@Context ContainerRequestContext context, @PathParam("id") String id, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        InstanceId instance = servers.get(request, id).id();
        Fields fields = Fields.under("server", body);
        fields.allowOnly(editable(request.version()));
        Optional<String> name = fields.name("name");
        if (name.isEmpty() && fields.has("name")) {
            throw Fields.invalid("name", "is not a string");
        }
        Optional<String> description = fields.text("description", 0, 255);
        Optional<String> ipv4 = AccessAddresses.ipv4(fields, "accessIPv4");
        Optional<String> ipv6 = AccessAddresses.ipv6(fields, "accessIPv6");
        name.ifPresent(text -> editing.rename(request.caller(), instance, text));
        annotations.change(request.caller(), instance, old -> {
            Annotation changed = fields.has("description") ? old.withDescription(description) : old;
            return changed.withAccess(
                    fields.has("accessIPv4") ? ipv4 : changed.accessIpv4(),
                    fields.has("accessIPv6") ? ipv6 : changed.accessIpv6());
        });
        return wrapped(servers.view(request).updated(servers.subject(request, id)));
    }

    /** Deletes it, disk and all. */
    @DELETE
    @Path("v2.1/servers/{id}")
    public Response delete(@Context ContainerRequestContext context, @PathParam("id") String id) {
        NovaRequest request = NovaRequest.of(context);
        servers.ask(request, id, "delete", instance -> deleting.delete(request.caller(), instance));
        return Response.noContent().build();
    }

    private ObjectNode page(NovaRequest request, String path, Function<Subject, ObjectNode> view) {
        ServerListQuery query = new ServerListQuery(request);
        List<Subject> matching = query.apply(servers.list(request, query.isOfAllProjects()));
        Page<Subject> page = Page.of(matching, request.query(), ServerListQuery::id);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("servers");
        page.items().forEach(subject -> list.add(view.apply(subject)));
        page.next().ifPresent(next -> body.set("servers_links", request.links().next(path + "?" + next)));
        return body;
    }

    /** In a body an unknown flavor is the body's fault. */
    private Flavor flavor(NovaRequest request, String ref) {
        try {
            return flavors.get(request.caller(), ref);
        } catch (TresccadException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
                throw new TresccadException(ErrorKind.BAD_REQUEST, "Flavor " + ref + " could not be found.", e);
            }
            throw e;
        }
    }

    private static List<String> editable(Microversion version) {
        List<String> known = new ArrayList<>(List.of("name", "accessIPv4", "accessIPv6", "OS-DCF:diskConfig"));
        if (version.isAtLeast(19)) {
            known.add("description");
        }
        return known;
    }

    private static ObjectNode wrapped(ObjectNode view) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("server", view);
        return body;
    }

    private static String random(int length) {
        StringBuilder text = new StringBuilder();
        RANDOM.ints(length, 0, LETTERS.length()).forEach(i -> text.append(LETTERS.charAt(i)));
        return text.toString();
    }
}
