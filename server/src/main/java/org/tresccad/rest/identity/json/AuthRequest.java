package org.tresccad.rest.identity.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Login;
import org.tresccad.identity.Scope;

/**
 * A login:
 * {@code {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "domain": {"id":
 * "default"}, "password": "..."}}}, "scope": {"project": {"name": "demo", "domain": {"name": "Default"}}}}}}.
 */
public record AuthRequest(@Nullable Auth auth) {
    /** What is asked for. */
    public record Auth(@Nullable Proof identity, @Nullable JsonNode scope) {}

    /** Who asks. */
    public record Proof(
            @Nullable List<String> methods,
            @Nullable PasswordProof password,
            @Nullable TokenProof token) {}

    /** By password. */
    public record PasswordProof(@Nullable UserProof user) {}

    /** The user and its password. */
    public record UserProof(
            @Nullable String id,
            @Nullable String name,
            @Nullable Named domain,
            @Nullable String password) {
        /** Never shows the password. */
        @Override
        public String toString() {
            return "UserProof[" + id + " " + name + "]";
        }
    }

    /** By a token. */
    public record TokenProof(@Nullable String id) {
        /** Never shows the token. */
        @Override
        public String toString() {
            return "TokenProof[hidden]";
        }
    }

    /** A domain. */
    public record Named(@Nullable String id, @Nullable String name) {}

    /** How the caller proves who it is. */
    public Login login() {
        Proof proof = auth == null ? null : auth.identity();
        if (proof == null || proof.methods() == null) {
            throw malformed("auth.identity.methods");
        }
        TokenProof token = proof.token();
        if (proof.methods().contains("token") && token != null && token.id() != null) {
            return new Login.ByToken(token.id());
        }
        PasswordProof password = proof.password();
        UserProof user = password == null ? null : password.user();
        if (!proof.methods().contains("password") || user == null || user.password() == null) {
            throw malformed("auth.identity.password.user, or auth.identity.token");
        }
        if (user.id() != null) {
            return new Login.ByPassword(true, user.id(), user.password());
        }
        if (user.name() == null) {
            throw malformed("auth.identity.password.user.name or .id");
        }
        Named domain = user.domain();
        requireOurs(
                domain == null ? Optional.empty() : Optional.ofNullable(domain.id()),
                domain == null ? Optional.empty() : Optional.ofNullable(domain.name()));
        return new Login.ByPassword(false, user.name(), user.password());
    }

    /** What the token shall be for. */
    public Scope scope() {
        JsonNode scope = auth == null ? null : auth.scope();
        if (scope == null
                || scope.isNull()
                || (scope.isTextual() && scope.textValue().equals("unscoped"))) {
            return new Scope.Unscoped();
        }
        JsonNode project = scope.path("project");
        if (!project.isObject()) {
            throw new TresccadException(
                    ErrorKind.UNAUTHENTICATED, "Tokens of this host are for a project, or for none; not for a domain.");
        }
        if (project.path("id").isTextual()) {
            return new Scope.ById(project.path("id").textValue());
        }
        if (!project.path("name").isTextual()) {
            throw malformed("auth.scope.project.id or .name");
        }
        JsonNode domain = project.path("domain");
        requireOurs(
                Optional.ofNullable(domain.path("id").textValue()),
                Optional.ofNullable(domain.path("name").textValue()));
        return new Scope.ByName(project.path("name").textValue());
    }

    private static void requireOurs(Optional<String> domainId, Optional<String> domainName) {
        if (domainId.filter(id -> !id.equals(DomainView.ID)).isPresent()
                || domainName
                        .filter(name -> !name.equalsIgnoreCase(DomainView.NAME))
                        .isPresent()) {
            throw new TresccadException(
                    ErrorKind.UNAUTHENTICATED, "This host has one domain, named " + DomainView.NAME + ".");
        }
    }

    private static TresccadException malformed(String missing) {
        return new TresccadException(ErrorKind.BAD_REQUEST, "The login lacks " + missing + ".");
    }
}
