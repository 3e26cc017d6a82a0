package org.tresccad.rest.guest;

import java.util.Collection;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.tresccad.metadata.WhoIsCalling;
import org.tresccad.rest.JsonBodies;
import org.tresccad.rest.RequestIds;

/** What the guest listener serves, and nothing else does. */
public final class GuestApplication {
    /** Kept from the garbage collector, which would take its level along. */
    private static final Logger JERSEY_PROVIDERS = Logger.getLogger("org.glassfish.jersey.internal.inject.Providers");

    private GuestApplication() {}

    /**
     * The application that Grizzly serves, over plain HTTP.
     *
     * @param resources JAX-RS resources of this package, made by hand, safe for any thread
     */
    public static ResourceConfig of(WhoIsCalling who, GuestLimits limits, Collection<?> resources) {
        // Jersey warns of every hand-made resource that it "will be ignored"; it is not.
        JERSEY_PROVIDERS.setLevel(Level.SEVERE);
        ResourceConfig config = new ResourceConfig();
        config.property(ServerProperties.WADL_FEATURE_DISABLE, true);
        config.property(CommonProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        config.property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        config.register(new RequestIds());
        config.register(new CallingGuest(who, limits));
        config.register(new ChangingCalls());
        config.register(new JsonBodies());
        config.register(new GuestFaults());
        resources.forEach(config::register);
        return config;
    }
}
