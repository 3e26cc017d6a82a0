package org.tresccad.rest.nova;

import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MultivaluedMap;
import org.tresccad.identity.Caller;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.RequestIds;
import org.tresccad.rest.nova.json.Links;
import org.tresccad.rest.nova.json.Microversion;

/**
 * What every route of the compute API wants to know of a request.
 *
 * @param id what the client learns as {@code x-compute-request-id}
 * @param query the decoded query parameters
 */
record NovaRequest(Caller caller, String id, Microversion version, Links links, MultivaluedMap<String, String> query) {
    /** Of an authenticated request. */
    static NovaRequest of(ContainerRequestContext context) {
        return new NovaRequest(
                Authenticated.caller(context),
                RequestIds.of(context),
                MicroversionFilter.of(context),
                new Links(BaseUri.of(context.getUriInfo())),
                context.getUriInfo().getQueryParameters());
    }

    /** For routes that came with 2.{@code minor}: before, they do not exist. */
    NovaRequest since(int minor) {
        if (!version.isAtLeast(minor)) {
            throw new NotFoundException();
        }
        return this;
    }

    /** For routes that went with 2.{@code minor}: from then on, they do not exist. */
    NovaRequest before(int minor) {
        if (version.isAtLeast(minor)) {
            throw new NotFoundException();
        }
        return this;
    }
}
