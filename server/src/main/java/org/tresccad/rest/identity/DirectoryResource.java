package org.tresccad.rest.identity;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Identity;
import org.tresccad.identity.Project;
import org.tresccad.identity.Token;
import org.tresccad.identity.User;
import org.tresccad.identity.UserAccount;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.identity.json.DomainView;
import org.tresccad.rest.identity.json.Views;

/**
 * Projects, users and the domain, to be read only: they are configured. Administrators see all; others see themselves
 * and their projects.
 */
@Path("/identity")
@Produces(MediaType.APPLICATION_JSON)
public final class DirectoryResource {
    private final Identity identity;

    /** Over what {@code identity} knows. */
    public DirectoryResource(Identity identity) {
        this.identity = identity;
    }

    /** The projects the caller may know, or the one of that name. */
    @GET
    @Path("v3/projects")
    public Map<String, Object> projects(
            @Context UriInfo uri, @Context ContainerRequestContext request, @QueryParam("name") @Nullable String name) {
        return projectList(
                uri,
                known(Authenticated.token(request)).stream()
                        .filter(project -> name == null || project.name().equals(name))
                        .toList());
    }

    /** One project. */
    @GET
    @Path("v3/projects/{id}")
    public Map<String, Object> project(
            @Context UriInfo uri, @Context ContainerRequestContext request, @PathParam("id") String id) {
        Project found = known(Authenticated.token(request)).stream()
                .filter(project -> project.id().value().equals(id))
                .findFirst()
                .orElseThrow(() -> missing("project", id));
        return Map.of("project", Views.ProjectView.of(found, BaseUri.of(uri)));
    }

    /** The users the caller may know, or the one of that name. */
    @GET
    @Path("v3/users")
    public Map<String, Object> users(
            @Context UriInfo uri, @Context ContainerRequestContext request, @QueryParam("name") @Nullable String name) {
        Token token = Authenticated.token(request);
        List<Views.UserView> users = identity.accounts().users().stream()
                .map(UserAccount::user)
                .filter(user -> maySee(token, user))
                .filter(user -> name == null || user.name().equals(name))
                .map(user -> Views.UserView.of(user, BaseUri.of(uri)))
                .toList();
        return Map.of(
                "users", users, "links", Views.listLinks(uri.getAbsolutePath().toString()));
    }

    /** One user. */
    @GET
    @Path("v3/users/{id}")
    public Map<String, Object> user(
            @Context UriInfo uri, @Context ContainerRequestContext request, @PathParam("id") String id) {
        return Map.of("user", Views.UserView.of(userOf(Authenticated.token(request), id), BaseUri.of(uri)));
    }

    /** The projects a user has a role in. */
    @GET
    @Path("v3/users/{id}/projects")
    public Map<String, Object> projectsOf(
            @Context UriInfo uri, @Context ContainerRequestContext request, @PathParam("id") String id) {
        User user = userOf(Authenticated.token(request), id);
        return projectList(uri, identity.projectsOf(user.id()));
    }

    /** The domain, unless another name is asked for. */
    @GET
    @Path("v3/domains")
    public Map<String, Object> domains(@Context UriInfo uri, @QueryParam("name") @Nullable String name) {
        boolean isMeant = name == null || name.equalsIgnoreCase(DomainView.NAME);
        return Map.of(
                "domains",
                isMeant ? List.of(Views.DomainDetail.of(BaseUri.of(uri))) : List.of(),
                "links",
                Views.listLinks(uri.getAbsolutePath().toString()));
    }

    /** The domain. */
    @GET
    @Path("v3/domains/{id}")
    public Map<String, Object> domain(@Context UriInfo uri, @PathParam("id") String id) {
        if (!id.equals(DomainView.ID)) {
            throw missing("domain", id);
        }
        return Map.of("domain", Views.DomainDetail.of(BaseUri.of(uri)));
    }

    private static Map<String, Object> projectList(UriInfo uri, List<Project> projects) {
        return Map.of(
                "projects",
                projects.stream()
                        .map(project -> Views.ProjectView.of(project, BaseUri.of(uri)))
                        .toList(),
                "links",
                Views.listLinks(uri.getAbsolutePath().toString()));
    }

    private List<Project> known(Token token) {
        return token.isAdmin()
                ? identity.accounts().projects()
                : identity.projectsOf(token.user().id());
    }

    private User userOf(Token token, String id) {
        return identity.accounts().users().stream()
                .map(UserAccount::user)
                .filter(user -> user.id().value().equals(id) && maySee(token, user))
                .findFirst()
                .orElseThrow(() -> missing("user", id));
    }

    private static boolean maySee(Token token, User user) {
        return token.isAdmin() || token.user().equals(user);
    }

    private static TresccadException missing(String what, String id) {
        return new TresccadException(ErrorKind.NOT_FOUND, "Could not find " + what + ": " + id + ".");
    }
}
