package org.tresccad.rest.guest;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.rest.RequestIds;
import org.tresccad.rest.fault.Fault;
import org.tresccad.rest.guest.json.FaultView;

/** Errors as guests see them: JSON below {@code /tresccad/}, a line of text in the metadata trees. */
final class GuestFaults implements ExceptionMapper<Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(GuestFaults.class);
    private static final int TOO_MANY_REQUESTS = 429;

    @Inject
    private @Nullable Provider<ContainerRequestContext> requests;

    @Override
    public Response toResponse(Throwable error) {
        if (requests == null) {
            throw new IllegalStateException("this provider is not registered with Jersey");
        }
        ContainerRequestContext request = requests.get();
        if (error instanceof TooManyRequests tooMany) {
            return Response.fromResponse(render(request, TOO_MANY_REQUESTS, sentence(tooMany)))
                    .header(HttpHeaders.RETRY_AFTER, tooMany.retryAfter().toSeconds())
                    .build();
        }
        if (error instanceof TresccadException known) {
            int status = Fault.of(known.kind()).status();
            if (status >= 500) {
                LOG.error("{}", known.getMessage(), known);
            }
            return render(request, status, sentence(known));
        }
        if (error instanceof WebApplicationException web && web.getResponse().getStatus() < 500) {
            return ofJaxRs(request, web.getResponse());
        }
        LOG.error("{} {} failed", request.getMethod(), request.getUriInfo().getPath(), error);
        return render(
                request,
                Fault.of(ErrorKind.INTERNAL).status(),
                "The request failed unexpectedly; the log of the host has more under " + RequestIds.of(request) + ".");
    }

    private static Response ofJaxRs(ContainerRequestContext request, Response original) {
        if (original.getStatus() < 400) {
            return original;
        }
        Fault fault = Fault.ofStatus(original.getStatus());
        Response answer = render(request, fault.status(), fault.title() + ".");
        String allow = original.getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? answer
                : Response.fromResponse(answer).header(HttpHeaders.ALLOW, allow).build();
    }

    private static Response render(ContainerRequestContext request, int status, String message) {
        String path = request.getUriInfo().getPath();
        boolean isOurs = path.equals("tresccad") || path.startsWith("tresccad/");
        return isOurs
                ? Response.status(status)
                        .type(MediaType.APPLICATION_JSON_TYPE)
                        .entity(new FaultView(new FaultView.Fault(status, message, RequestIds.of(request))))
                        .build()
                : Text.answer(status, status + " " + message + "\n");
    }

    private static String sentence(TresccadException error) {
        return String.valueOf(error.getMessage());
    }
}
