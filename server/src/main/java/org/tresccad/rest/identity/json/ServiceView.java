package org.tresccad.rest.identity.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * A service in the catalog: {@code {"id": "compute", "type": "compute", "name": "nova", "endpoints": [{"id": ...,
 * "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": "http://host:8774/compute/v2.1"}]}}.
 */
public record ServiceView(String id, String type, String name, List<EndpointView> endpoints) {
    private static final List<String> INTERFACES = List.of("public", "internal", "admin");

    /** One address of a service. */
    public record EndpointView(
            String id,
            @JsonProperty("interface") String kind,
            String region,
            @JsonProperty("region_id") String regionId,
            String url) {}

    /** The three services of this host, reached under {@code base}. */
    public static List<ServiceView> catalog(String base, String region) {
        return List.of(
                service("identity", "keystone", base + "/identity", region),
                service("compute", "nova", base + "/compute/v2.1", region),
                service("image", "glance", base + "/image", region));
    }

    private static ServiceView service(String type, String name, String url, String region) {
        List<EndpointView> endpoints = new ArrayList<>();
        for (String kind : INTERFACES) {
            endpoints.add(new EndpointView(type + "-" + kind, kind, region, region, url));
        }
        return new ServiceView(type, type, name, endpoints);
    }
}
