package org.tresccad.daemon;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Predicate;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}. A caller on this machine needs no token, so that a node's own agent can scrape without a
 * password in its configuration: the numbers hold no names, and who is on the machine sees as much with ps. Any other
 * caller needs the token of an administrator. Guests reach only the guest listener, which has no such page.
 */
final class MetricsPage extends HttpHandler {
    private final Metrics metrics;
    private final Predicate<String> isAdminToken;

    MetricsPage(Metrics metrics, Predicate<String> isAdminToken) {
        this.metrics = metrics;
        this.isAdminToken = isAdminToken;
    }

    @Override
    public void service(Request request, Response response) throws Exception {
        if (!Method.GET.equals(request.getMethod()) && !Method.HEAD.equals(request.getMethod())) {
            response.setHeader("Allow", "GET, HEAD");
            response.sendError(405);
        } else if (isLocal(request.getRemoteAddr()) || isAdmin(request.getHeader("X-Auth-Token"))) {
            response.setContentType("text/plain; version=0.0.4; charset=utf-8");
            response.getWriter().write(metrics.scrape());
        } else {
            response.setHeader("WWW-Authenticate", "Keystone");
            response.sendError(401);
        }
    }

    private boolean isAdmin(@Nullable String token) {
        return token != null && !token.isEmpty() && isAdminToken.test(token);
    }

    private static boolean isLocal(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal).isLoopbackAddress();
    }
}
