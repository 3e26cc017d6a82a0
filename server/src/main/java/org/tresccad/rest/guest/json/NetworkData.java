package org.tresccad.rest.guest.json;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * {@code /openstack/latest/network_data.json}: {@code {"links": [{"id": "nic0", "vif_id": "52b1...", "type": "bridge",
 * "mtu": 1500, "ethernet_mac_address": "52:54:00:12:34:56"}], "networks": [{"id": "network0", "type": "ipv4_dhcp",
 * "link": "nic0", "network_id": "guests"}], "services": []}}.
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record NetworkData(List<Link> links, List<Net> networks, List<String> services) {
    /** A network card. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Link(String id, String vifId, String type, int mtu, String ethernetMacAddress) {}

    /** What a card is attached to and how it gets its address. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Net(String id, String type, String link, String networkId) {}

    /** One card that asks DHCP. */
    public static NetworkData dhcp(String vifId, int mtu, String mac) {
        String link = "nic0";
        return new NetworkData(
                List.of(new Link(link, vifId, "bridge", mtu, mac)),
                List.of(new Net("network0", "ipv4_dhcp", link, "guests")),
                List.of());
    }
}
