package org.tresccad.client.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.tresccad.client.config.CloudConfig.Endpoints;

/** The endpoints of a token's catalog, and how to choose among them. */
final class Catalog {
    private final List<Endpoint> endpoints = new ArrayList<>();

    /** {@code catalog} is Keystone's: {@code [{"type": .., "endpoints": [{"interface", "region_id", "url"}]}]}. */
    Catalog(JsonNode catalog) {
        for (JsonNode service : catalog) {
            for (JsonNode endpoint : service.path("endpoints")) {
                String region = endpoint.path("region_id")
                        .asText(endpoint.path("region").asText(""));
                Optional.ofNullable(HttpUrl.parse(endpoint.path("url").asText("")))
                        .ifPresent(url -> endpoints.add(new Endpoint(
                                service.path("type").asText(""),
                                endpoint.path("interface").asText(""),
                                region,
                                endpoint.path("url").asText(""),
                                url)));
            }
        }
    }

    /** The endpoint's address as the catalog has it; the first, when several fit. */
    Optional<HttpUrl> find(Service service, Endpoints wanted) {
        return endpoints.stream()
                .filter(e -> e.type().equals(service.type()))
                .filter(e -> e.audience().equals(wanted.audience()))
                .filter(e -> wanted.region().map(e.region()::equals).orElse(true))
                .map(Endpoint::url)
                .findFirst();
    }

    /** The public address as the catalog writes it; the first, when several fit. */
    Optional<String> publicAddress(Service service, Endpoints wanted) {
        return endpoints.stream()
                .filter(e -> e.type().equals(service.type()) && e.audience().equals("public"))
                .filter(e -> wanted.region().map(e.region()::equals).orElse(true))
                .map(Endpoint::text)
                .findFirst();
    }

    /** What there is, for a message that says what was not found. */
    String summary() {
        return endpoints.isEmpty()
                ? "the catalog is empty"
                : "the catalog has "
                        + String.join(
                                ", ",
                                endpoints.stream()
                                        .map(e -> e.type() + "/" + e.audience() + "/" + e.region())
                                        .distinct()
                                        .toList());
    }

    private record Endpoint(String type, String audience, String region, String text, HttpUrl url) {}
}
