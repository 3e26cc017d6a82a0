package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.BootInstance.Nic;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;

/**
 * The field {@code networks}: {@code "auto"}, {@code "none"} (2.37), or a list with at most our one network. Beside
 * Nova's keys a network may have {@code tresccad:mac}, since there is no network service whose port would have it.
 */
final class Networks {
    private static final String MAC = "tresccad:mac";

    private Networks() {}

    /** The network card that is asked for; empty for none. */
    static Optional<Nic> parse(Optional<JsonNode> networks, Microversion version, Site site) {
        if (networks.isEmpty()) {
            if (version.isAtLeast(37)) {
                throw Fields.invalid("networks", "is a required property from 2.37 on: auto, none or a list");
            }
            return Optional.of(Nic.ANY);
        }
        JsonNode value = networks.get();
        if (value.isTextual() && version.isAtLeast(37)) {
            return switch (value.textValue()) {
                case "auto" -> Optional.of(Nic.ANY);
                case "none" -> Optional.empty();
                default -> throw Fields.invalid("networks", "is neither auto nor none nor a list");
            };
        }
        if (!value.isArray()) {
            throw Fields.invalid("networks", "is not a list");
        }
        return switch (value.size()) {
            case 0 -> Optional.of(Nic.ANY);
            case 1 -> Optional.of(card(Fields.of("networks", value.get(0)), site));
            default -> throw Fields.invalid("networks", "has more than one network; there is one here");
        };
    }

    private static Nic card(Fields network, Site site) {
        network.allowOnly(Set.of("uuid", "fixed_ip", "port", "tag", MAC));
        if (network.value("port").isPresent()) {
            throw Fields.invalid("networks", "names a port; ports cannot be made here");
        }
        String uuid = network.requiredText("uuid", 1, 36);
        if (!uuid.equals(site.networkId().toString())) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "Network " + uuid + " could not be found.");
        }
        return new Nic(
                network.text(MAC, 1, 17)
                        .map(text -> parsed(MAC, text, MacAddress::new, "is not a unicast MAC address")),
                network.text("fixed_ip", 1, 64)
                        .map(text -> parsed("fixed_ip", text, Ipv4::parse, "is not an IPv4 address")));
    }

    private static <T> T parsed(String field, String text, Function<String, T> parse, String otherwise) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw Fields.invalid(field, otherwise);
        }
    }
}
