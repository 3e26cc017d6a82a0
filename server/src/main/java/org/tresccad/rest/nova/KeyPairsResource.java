package org.tresccad.rest.nova;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.UserId;
import org.tresccad.instance.Certificates;
import org.tresccad.instance.KeyPair;
import org.tresccad.instance.KeyPairs;
import org.tresccad.instance.PublicKeys;
import org.tresccad.instance.Quotas;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.KeyPairView;
import org.tresccad.rest.nova.json.Microversion;

/** The caller's SSH keys. */
@Path("/compute")
@Produces(MediaType.APPLICATION_JSON)
public final class KeyPairsResource {
    /** Nova's set, and what names like {@code me@host.example} need. */
    private static final String NAME = "[A-Za-z0-9 _.@-]+";

    private final KeyPairs keyPairs;
    private final Quotas quotas;
    private final Clock clock;

    /** Over the host's keys. */
    public KeyPairsResource(KeyPairs keyPairs, Quotas quotas, Clock clock) {
        this.keyPairs = keyPairs;
        this.quotas = quotas;
        this.clock = clock;
    }

    /** All. */
    @GET
    @Path("v2.1/os-keypairs")
    public ObjectNode list(@Context ContainerRequestContext context) {
        NovaRequest request = NovaRequest.of(context);
        Page<KeyPair> page = Page.of(keyPairs.list(owner(request)), request.query(), KeyPair::name);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("keypairs");
        page.items().forEach(key -> list.add(KeyPairView.listed(key, request.version())));
        if (request.version().isAtLeast(35)) {
            page.next()
                    .ifPresent(
                            query -> body.set("keypairs_links", request.links().next("os-keypairs?" + query)));
        }
        return body;
    }

    /** One. */
    @GET
    @Path("v2.1/os-keypairs/{name}")
    public ObjectNode show(@Context ContainerRequestContext context, @PathParam("name") String name) {
        NovaRequest request = NovaRequest.of(context);
        UserId user = owner(request);
        KeyPair key = keyPairs.find(user, name).orElseThrow(() -> missing(name));
        return KeyPairView.shown(key, user, request.version());
    }

    /** Takes a public key, or makes a pair and shows the private key this one time. */
    @POST
    @Path("v2.1/os-keypairs")
    public Response create(@Context ContainerRequestContext context, JsonNode body) {
        NovaRequest request = NovaRequest.of(context);
        Fields fields = Fields.under("keypair", body);
        fields.allowOnly(Set.of("name", "public_key", "type", "user_id"));
        String name = fields.name("name").orElseThrow(() -> Fields.invalid("name", "is a required property"));
        if (!name.matches(NAME)) {
            throw Fields.invalid("name", "contains characters other than letters, digits, blanks and _ . @ -");
        }
        boolean isCertificate = isX509(fields);
        UserId user = owner(request.caller(), fields.text("user_id", 1, 255));
        Optional<String> given = fields.text("public_key", 0, 16_384);
        if (given.isEmpty() && fields.has("public_key")) {
            throw Fields.invalid("public_key", "is not a string");
        }
        Optional<PublicKeys.Generated> generated =
                given.isPresent() ? Optional.empty() : Optional.of(generate(isCertificate, user));
        String text = given.or(() -> generated.map(PublicKeys.Generated::publicKey))
                .orElseThrow()
                .strip();
        String fingerprint = isCertificate ? Certificates.fingerprint(text) : PublicKeys.fingerprint(text);
        KeyPair key = new KeyPair(name, text, fingerprint, clock.instant());
        keyPairs.add(user, key, quotas.keyPairs());
        Microversion version = request.version();
        return Response.status(version.isAtLeast(2) ? 201 : 200)
                .entity(KeyPairView.created(key, user, generated.map(PublicKeys.Generated::privateKey), version))
                .build();
    }

    /** Forgets one; instances keep theirs. */
    @DELETE
    @Path("v2.1/os-keypairs/{name}")
    public Response delete(@Context ContainerRequestContext context, @PathParam("name") String name) {
        NovaRequest request = NovaRequest.of(context);
        if (!keyPairs.delete(owner(request), name)) {
            throw missing(name);
        }
        return Response.status(request.version().isAtLeast(2) ? 204 : 202).build();
    }

    private static boolean isX509(Fields fields) {
        return switch (fields.text("type", 1, 255).orElse("ssh")) {
            case "ssh" -> false;
            case "x509" -> true;
            default -> throw Fields.invalid("type", "is neither ssh nor x509");
        };
    }

    private PublicKeys.Generated generate(boolean isCertificate, UserId user) {
        return isCertificate ? Certificates.generate(user, clock.instant()) : PublicKeys.generate();
    }

    private static UserId owner(NovaRequest request) {
        return owner(request.caller(), Optional.ofNullable(request.query().getFirst("user_id")));
    }

    /** From 2.10 on an admin may name another user. */
    private static UserId owner(Caller caller, Optional<String> wanted) {
        if (wanted.isEmpty() || wanted.get().equals(caller.userId().value())) {
            return caller.userId();
        }
        if (!caller.isAdmin()) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only an admin may see another user's key pairs.");
        }
        try {
            return new UserId(wanted.get());
        } catch (IllegalArgumentException e) {
            throw Fields.invalid("user_id", "is not the id of a user");
        }
    }

    private static TresccadException missing(String name) {
        return new TresccadException(ErrorKind.NOT_FOUND, "Keypair " + name + " not found for the user.");
    }
}
