package org.tresccad.rest;

import java.util.Collection;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.tresccad.identity.Identity;
import org.tresccad.rest.fault.FaultRenderer;
import org.tresccad.rest.fault.TresccadFaults;
import org.tresccad.rest.fault.UnknownFaults;
import org.tresccad.rest.fault.WebFaults;

/**
 * Puts the resources of the APIs together with what all of them need. All resource classes of one API have the same
 * path, its prefix ({@code @Path("/image")}), and say the rest at their methods: JAX-RS picks one class by its path and
 * looks no further (Jakarta RESTful Web Services 3.1, section 3.7.2), while Jersey merges classes of the same path.
 */
public final class ApiApplication {
    /** Kept from the garbage collector, which would take its level along. */
    private static final Logger JERSEY_PROVIDERS = Logger.getLogger("org.glassfish.jersey.internal.inject.Providers");

    private ApiApplication() {}

    /**
     * The application that Grizzly serves. Every route needs a token, but {@link PublicRoute}s.
     *
     * @param components JAX-RS resources and filters, made by hand, singletons, safe for any thread
     */
    public static ResourceConfig of(Identity identity, Collection<?> components) {
        ResourceConfig config = base();
        config.register(AuthenticationFeature.with(identity));
        components.forEach(config::register);
        return config;
    }

    /** As {@link #of}, without tokens: for listeners that know their callers in another way. */
    public static ResourceConfig withoutTokens(Collection<?> components) {
        ResourceConfig config = base();
        components.forEach(config::register);
        return config;
    }

    private static ResourceConfig base() {
        // Jersey warns of every hand-made resource that it "will be ignored"; it is not.
        JERSEY_PROVIDERS.setLevel(Level.SEVERE);
        FaultRenderer renderer = new FaultRenderer();
        ResourceConfig config = new ResourceConfig();
        config.property(ServerProperties.WADL_FEATURE_DISABLE, true);
        config.property(CommonProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        config.property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        config.register(new JsonBodies());
        config.register(new RequestIds());
        config.register(new TrailingSlashes());
        config.register(new TresccadFaults(renderer));
        config.register(new WebFaults(renderer));
        config.register(new UnknownFaults(renderer));
        return config;
    }
}
