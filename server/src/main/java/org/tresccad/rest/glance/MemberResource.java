package org.tresccad.rest.glance;

import jakarta.ws.rs.Consumes;
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
import java.util.Map;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ImageMembers;
import org.tresccad.image.MemberStatus;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.glance.json.MemberRequest;
import org.tresccad.rest.glance.json.MemberView;

/** The projects an image is shared with. */
@Path("/image")
@Produces(MediaType.APPLICATION_JSON)
public final class MemberResource {
    private final ImageMembers members;

    /** Over {@code members}. */
    public MemberResource(ImageMembers members) {
        this.members = members;
    }

    /** The members the caller may know. */
    @GET
    @Path("v2/images/{id}/members")
    public Map<String, Object> list(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return Map.of(
                "members",
                members.list(Authenticated.caller(request), ImagePaths.id(id)).stream()
                        .map(MemberView::of)
                        .toList(),
                "schema",
                "/v2/schemas/members");
    }

    /** Shares the image. */
    @POST
    @Path("v2/images/{id}/members")
    @Consumes(MediaType.APPLICATION_JSON)
    public MemberView add(@Context ContainerRequestContext request, @PathParam("id") String id, MemberRequest body) {
        String member = body.member();
        if (member == null) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "The body needs the id of a project as member.");
        }
        return MemberView.of(
                members.add(Authenticated.caller(request), ImagePaths.id(id), project(member, ErrorKind.BAD_REQUEST)));
    }

    /** One member. */
    @GET
    @Path("v2/images/{id}/members/{member}")
    public MemberView show(
            @Context ContainerRequestContext request, @PathParam("id") String id, @PathParam("member") String member) {
        return MemberView.of(
                members.get(Authenticated.caller(request), ImagePaths.id(id), project(member, ErrorKind.NOT_FOUND)));
    }

    /** Accepts or rejects. */
    @PUT
    @Path("v2/images/{id}/members/{member}")
    @Consumes(MediaType.APPLICATION_JSON)
    public MemberView answer(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @PathParam("member") String member,
            MemberRequest body) {
        MemberStatus status = MemberStatus.parse(String.valueOf(body.status()))
                .orElseThrow(() ->
                        new TresccadException(ErrorKind.BAD_REQUEST, "status is one of accepted, pending, rejected."));
        return MemberView.of(members.answer(
                Authenticated.caller(request), ImagePaths.id(id), project(member, ErrorKind.NOT_FOUND), status));
    }

    /** Ends the sharing. */
    @DELETE
    @Path("v2/images/{id}/members/{member}")
    public void remove(
            @Context ContainerRequestContext request, @PathParam("id") String id, @PathParam("member") String member) {
        members.remove(Authenticated.caller(request), ImagePaths.id(id), project(member, ErrorKind.NOT_FOUND));
    }

    private static ProjectId project(String text, ErrorKind otherwise) {
        try {
            return new ProjectId(text);
        } catch (IllegalArgumentException e) {
            throw new TresccadException(otherwise, "There is no project with the id " + text + ".", e);
        }
    }
}
