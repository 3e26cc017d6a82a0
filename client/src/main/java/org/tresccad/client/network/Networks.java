package org.tresccad.client.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Service;

/** The network service of one cloud (https://docs.openstack.org/api-ref/network/v2/). */
public final class Networks {
    private final CloudHttp http;

    /** The networks that {@code http} reaches. */
    public Networks(CloudHttp http) {
        this.http = http;
    }

    /** Ids of the networks we may see that guests can be on; those that only lead outside are left out. */
    public List<String> guestNetworks() {
        List<String> found = new ArrayList<>();
        http.json(Ask.get(Service.NETWORK, "list networks", "networks"), JsonNode.class)
                .path("networks")
                .forEach(node -> {
                    if (!node.path("router:external").asBoolean(false)) {
                        found.add(node.path("id").asText());
                    }
                });
        return List.copyOf(found);
    }

    /** All subnets we may see. */
    public List<Subnet> subnets() {
        String what = "list subnets";
        List<Subnet> found = new ArrayList<>();
        http.json(Ask.get(Service.NETWORK, what, "subnets"), JsonNode.class)
                .path("subnets")
                .forEach(node -> found.add(http.convert(node, what, Subnet.class)));
        return List.copyOf(found);
    }

    /** The project's ports of this name. */
    public List<Port> portsNamed(String name) {
        String what = "list ports";
        List<Port> found = new ArrayList<>();
        http.json(Ask.get(Service.NETWORK, what, "ports").query("name", name), JsonNode.class)
                .path("ports")
                .forEach(node -> found.add(http.convert(node, what, Port.class)));
        return found.stream().filter(port -> port.name().equals(name)).toList();
    }

    /** The port with this id, if it is there and we may see it. */
    public Optional<Port> port(String id) {
        try {
            return Optional.of(http.json(Ask.get(Service.NETWORK, "show port " + id, "ports", id), "port", Port.class));
        } catch (CloudNotFound none) {
            return Optional.empty();
        }
    }

    /**
     * Makes a port.
     *
     * @param mac its MAC; on most clouds only who owns the network, or an administrator, may choose it (403)
     * @param address its address; the same holds
     */
    public Port createPort(String name, String networkId, Optional<String> mac, Optional<String> address) {
        Map<String, Object> port = new LinkedHashMap<>();
        port.put("name", name);
        port.put("network_id", networkId);
        mac.ifPresent(value -> port.put("mac_address", value));
        address.ifPresent(value -> port.put("fixed_ips", List.of(Map.of("ip_address", value))));
        return http.json(
                Ask.post(
                        Service.NETWORK,
                        "make a port with " + mac.orElse("any MAC") + " and " + address.orElse("any address"),
                        Map.of("port", port),
                        "ports"),
                "port",
                Port.class);
    }

    /** Deletes a port; nothing happens when it is gone. */
    public void deletePort(String id) {
        try {
            http.done(Ask.delete(Service.NETWORK, "delete port " + id, "ports", id));
        } catch (CloudNotFound gone) {
            // As wanted.
        }
    }
}
