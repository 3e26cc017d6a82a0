package org.tresccad.rest.fault;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.tresccad.rest.ApiPrefix;
import org.tresccad.rest.BaseUri;
import org.tresccad.rest.RequestIds;

/**
 * Writes a fault in the shape that the clients of each API read. Only media types that Tempest accepts are used:
 * {@code application/json} and {@code text/html; charset=UTF-8}.
 */
public final class FaultRenderer {
    /** The answer to {@code request}. */
    public Response render(ContainerRequestContext request, Fault fault, String message) {
        ApiPrefix api = ApiPrefix.of(request.getUriInfo().getPath());
        Response.ResponseBuilder answer = Response.status(fault.status());
        if (fault.status() == 401) {
            answer.header(
                    HttpHeaders.WWW_AUTHENTICATE, "Keystone uri=\"" + BaseUri.of(request.getUriInfo()) + "/identity\"");
        }
        if (api == ApiPrefix.IMAGE && wantsHtml(request)) {
            return answer.type("text/html; charset=UTF-8")
                    .entity(html(fault, message))
                    .build();
        }
        boolean isNovas = api == ApiPrefix.COMPUTE && fault.status() != 401;
        return answer.type(MediaType.APPLICATION_JSON_TYPE)
                .entity(isNovas ? nova(fault, message) : keystone(request, api, fault, message))
                .build();
    }

    private static ObjectNode nova(Fault fault, String message) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject(fault.novaKey()).put("code", fault.status()).put("message", message);
        return root;
    }

    /** Keystone's shape; Glance's clients and ours read it as well, and every client does for a 401. */
    private static ObjectNode keystone(ContainerRequestContext request, ApiPrefix api, Fault fault, String message) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ObjectNode error = root.putObject("error")
                .put("code", fault.status())
                .put("title", fault.title())
                .put("message", message);
        if (api == ApiPrefix.TRESCCAD) {
            error.put("request_id", RequestIds.of(request));
        }
        return root;
    }

    /** For people with a browser; everybody else gets JSON, which every client of Glance understands. */
    private static boolean wantsHtml(ContainerRequestContext request) {
        String accept = request.getHeaderString(HttpHeaders.ACCEPT);
        return accept != null && accept.contains("text/html");
    }

    private static String html(Fault fault, String message) {
        String title = fault.status() + " " + fault.title();
        return "<html>\n <head>\n  <title>" + title + "</title>\n </head>\n <body>\n  <h1>" + title + "</h1>\n  "
                + escaped(message) + "<br /><br />\n </body>\n</html>";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
