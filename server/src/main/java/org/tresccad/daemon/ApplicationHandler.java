package org.tresccad.daemon;

import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpContainer;
import org.glassfish.jersey.server.ContainerFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.tresccad.rest.Connections;
import org.tresccad.rest.transport.BrokenResponses;

/** A JAX-RS application as Grizzly calls it, with the means to cut a connection given to {@link BrokenResponses}. */
final class ApplicationHandler extends HttpHandler {
    private final GrizzlyHttpContainer container;

    ApplicationHandler(ResourceConfig application) {
        this.container = ContainerFactory.createContainer(
                GrizzlyHttpContainer.class, application.register(BrokenResponses.class));
    }

    @Override
    public void start() {
        container.start();
    }

    @Override
    public void destroy() {
        container.destroy();
    }

    @Override
    public void service(Request request, Response response) {
        Runnable cut = () -> {
            if (response.isCommitted()) {
                request.getContext().getConnection().terminateSilently();
            }
        };
        request.setAttribute(BrokenResponses.CUT, cut);
        container.service(request, response);
        Connections.answered(request);
    }
}
