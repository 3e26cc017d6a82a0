package org.tresccad.client.compute;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.tresccad.client.error.CloudNotFound;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.http.Ask;
import org.tresccad.client.http.CloudHttp;
import org.tresccad.client.http.Service;

/** What belongs to a server: cards, key, size, what was done to it; and making another like it. */
public final class ServerParts {
    private final CloudHttp http;

    /** Of the servers that {@code http} reaches. */
    public ServerParts(CloudHttp http) {
        this.http = http;
    }

    /**
     * What Nova tells of a server beside {@link Server}.
     *
     * @param tellsUserData whether we may know the user data; most clouds tell administrators only
     * @param userData base64
     * @param securityGroups by name
     */
    public record Details(
            boolean locked,
            boolean configDrive,
            boolean hasVolumes,
            Optional<String> keyName,
            boolean tellsUserData,
            Optional<String> userData,
            List<String> securityGroups) {}

    /** A network card. */
    public record Card(
            @JsonProperty("port_id") String portId,
            @JsonProperty("net_id") String networkId,
            @JsonProperty("mac_addr") String mac,
            @JsonProperty("fixed_ips") List<FixedIp> fixedIps) {
        /** Copies. */
        public Card {
            fixedIps = List.copyOf(fixedIps);
        }

        /** Its IPv4 address, the first one when there are several. */
        public Optional<String> address() {
            return fixedIps.stream()
                    .map(FixedIp::address)
                    .filter(text -> !text.contains(":"))
                    .findFirst();
        }

        /** An address of a card. */
        public record FixedIp(@JsonProperty("ip_address") String address) {}
    }

    /** Something that was asked of a server; {@code action} is Nova's word: create, stop, createImage, ... */
    public record Event(
            String action, @JsonProperty("request_id") String requestId) {}

    /**
     * A flavor with the disks beside the first.
     *
     * @param ephemeralGib size of a second disk that is empty at first
     * @param swapMib size of a swap disk
     */
    public record Size(Flavor flavor, long ephemeralGib, long swapMib) {}

    /** Details of the server. */
    public Details details(String id) {
        JsonNode server = http.json(Ask.get(Service.COMPUTE, "show server " + id, "servers", id), JsonNode.class)
                .path("server");
        List<String> groups = new ArrayList<>();
        server.path("security_groups")
                .forEach(node -> groups.add(node.path("name").asText("")));
        return new Details(
                server.path("locked").asBoolean(false),
                !server.path("config_drive").asText("").isEmpty(),
                !server.path("os-extended-volumes:volumes_attached").isEmpty(),
                text(server, "key_name"),
                server.has("OS-EXT-SRV-ATTR:user_data"),
                text(server, "OS-EXT-SRV-ATTR:user_data"),
                groups.stream().distinct().toList());
    }

    /** Its cards. */
    public List<Card> cards(String id) {
        String what = "list the network cards of instance " + id;
        List<Card> found = new ArrayList<>();
        http.json(Ask.get(Service.COMPUTE, what, "servers", id, "os-interface"), JsonNode.class)
                .path("interfaceAttachments")
                .forEach(node -> found.add(http.convert(node, what, Card.class)));
        return List.copyOf(found);
    }

    /** Takes a card out; Nova deletes its port if Nova made it. Done some time later. */
    public void detach(String id, String portId) {
        http.done(Ask.delete(
                Service.COMPUTE,
                "take port " + portId + " from instance " + id,
                "servers",
                id,
                "os-interface",
                portId));
    }

    /** Gives it a card with that port. */
    public void attach(String id, String portId) {
        http.done(Ask.post(
                Service.COMPUTE,
                "give port " + portId + " to instance " + id,
                Map.of("interfaceAttachment", Map.of("port_id", portId)),
                "servers",
                id,
                "os-interface"));
    }

    /** What was asked of it, newest first. */
    public List<Event> events(String id) {
        String what = "list what was done to instance " + id;
        List<Event> found = new ArrayList<>();
        http.json(Ask.get(Service.COMPUTE, what, "servers", id, "os-instance-actions"), JsonNode.class)
                .path("instanceActions")
                .forEach(node -> found.add(http.convert(node, what, Event.class)));
        return List.copyOf(found);
    }

    /** Has its disk copied into an image with these properties; the image is found by them. */
    public void createImage(String id, String name, Map<String, String> properties) {
        http.done(Ask.post(
                Service.COMPUTE,
                "make an image of instance " + id,
                Map.of("createImage", Map.of("name", name, "metadata", properties)),
                "servers",
                id,
                "action"));
    }

    /** Sets one key of its metadata. */
    public void setMetadata(String id, String key, String value) {
        http.done(Ask.put(
                Service.COMPUTE,
                "mark instance " + id,
                Map.of("meta", Map.of(key, value)),
                "servers",
                id,
                "metadata",
                key));
    }

    /** Removes one key of its metadata; nothing happens when it is not there. */
    public void removeMetadata(String id, String key) {
        try {
            http.done(Ask.delete(Service.COMPUTE, "remove the mark of instance " + id, "servers", id, "metadata", key));
        } catch (CloudNotFound none) {
            // As wanted.
        }
    }

    /**
     * Boots a server; its id comes back at once.
     *
     * @param server as Nova takes it, below {@code server}
     */
    public String create(Map<String, ?> server) {
        String what = "create instance " + server.get("name");
        String id = http.json(Ask.post(Service.COMPUTE, what, Map.of("server", server), "servers"), JsonNode.class)
                .path("server")
                .path("id")
                .asText("");
        if (id.isEmpty()) {
            throw new CloudProtocolError(http.cloud(), what, "no id of a server");
        }
        return id;
    }

    /** The flavor with this id, if we may see it. */
    public Optional<Size> flavor(String id) {
        String what = "show flavor " + id;
        try {
            JsonNode node = http.json(Ask.get(Service.COMPUTE, what, "flavors", id), JsonNode.class)
                    .path("flavor");
            return Optional.of(new Size(
                    http.convert(node, what, Flavor.class),
                    node.path("OS-FLV-EXT-DATA:ephemeral").asLong(0),
                    node.path("swap").asLong(0)));
        } catch (CloudNotFound none) {
            return Optional.empty();
        }
    }

    /** Our keypair of that name, if there is one. */
    public Optional<Keypair> keypair(String name) {
        try {
            return Optional.of(http.json(
                    Ask.get(Service.COMPUTE, "show keypair " + name, "os-keypairs", name), "keypair", Keypair.class));
        } catch (CloudNotFound none) {
            return Optional.empty();
        }
    }

    /** Deletes our keypair of that name; nothing happens when it is gone. */
    public void deleteKeypair(String name) {
        try {
            http.done(Ask.delete(Service.COMPUTE, "delete keypair " + name, "os-keypairs", name));
        } catch (CloudNotFound gone) {
            // As wanted.
        }
    }

    /** What is left of the project's quota: {@code instances}, {@code cores}, {@code ram} (MiB); what is unlimited is absent. */
    public Map<String, Long> room() {
        JsonNode limits = http.json(Ask.get(Service.COMPUTE, "show limits", "limits"), JsonNode.class)
                .path("limits")
                .path("absolute");
        Map<String, Long> room = new TreeMap<>();
        left(room, "instances", limits.path("maxTotalInstances"), limits.path("totalInstancesUsed"));
        left(room, "cores", limits.path("maxTotalCores"), limits.path("totalCoresUsed"));
        left(room, "ram", limits.path("maxTotalRAMSize"), limits.path("totalRAMUsed"));
        return room;
    }

    private static void left(Map<String, Long> room, String what, JsonNode most, JsonNode used) {
        if (most.isIntegralNumber() && most.asLong() >= 0) {
            room.put(what, most.asLong() - used.asLong(0));
        }
    }

    private static Optional<String> text(JsonNode node, String key) {
        return node.hasNonNull(key) ? Optional.of(node.path(key).asText()) : Optional.empty();
    }
}
