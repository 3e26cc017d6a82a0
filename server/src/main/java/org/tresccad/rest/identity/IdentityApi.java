package org.tresccad.rest.identity;

import java.util.List;
import org.tresccad.identity.Identity;

/** All resources of Keystone's API. */
public final class IdentityApi {
    private IdentityApi() {}

    /**
     * To be given to {@link org.tresccad.rest.ApiApplication}.
     *
     * @param region what the catalog calls this host
     */
    public static List<Object> resources(Identity identity, String region) {
        return List.of(new VersionResource(), new TokenResource(identity, region), new DirectoryResource(identity));
    }
}
