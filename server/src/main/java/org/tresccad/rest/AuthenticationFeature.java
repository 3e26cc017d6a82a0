package org.tresccad.rest;

import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import org.tresccad.identity.Identity;

/** Puts {@link Authentication} before every route that is not a {@link PublicRoute}, when the routes are set up. */
final class AuthenticationFeature implements DynamicFeature {
    private final Authentication authentication;

    AuthenticationFeature(Authentication authentication) {
        this.authentication = authentication;
    }

    static AuthenticationFeature with(Identity identity) {
        return new AuthenticationFeature(new Authentication(identity));
    }

    @Override
    public void configure(ResourceInfo resource, FeatureContext context) {
        boolean isPublic = resource.getResourceMethod().isAnnotationPresent(PublicRoute.class)
                || resource.getResourceClass().isAnnotationPresent(PublicRoute.class);
        if (!isPublic) {
            context.register(authentication);
        }
    }
}
