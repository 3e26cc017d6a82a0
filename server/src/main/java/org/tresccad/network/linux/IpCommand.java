package org.tresccad.network.linux;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tresccad.network.Ipv4;
import org.tresccad.process.Command;
import org.tresccad.process.Processes;

/**
 * Asks and changes network devices with iproute2's {@code ip}. Everything is asked from the kernel through netlink, and
 * nothing from /sys, which shows the network namespace it was mounted in and not always ours.
 */
final class IpCommand {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Processes processes;

    IpCommand(Processes processes) {
        this.processes = processes;
    }

    /**
     * A network device.
     *
     * @param kind {@code bridge}, {@code veth}, {@code tun}; empty for a physical device
     * @param mac its address; empty for devices without one
     * @param mtu in bytes
     */
    record Link(String name, String kind, String mac, int mtu) {}

    /** An IPv4 address on a device. */
    record DeviceAddress(String device, Ipv4 address, int prefixLength) {}

    /** The device of that name. */
    Optional<Link> link(String name) {
        return links(List.of()).stream()
                .filter(link -> link.name().equals(name))
                .findFirst();
    }

    /** The devices that are ports of {@code bridge}, which must exist. */
    List<Link> portsOf(String bridge) {
        return links(List.of("master", bridge));
    }

    /** All IPv4 addresses of this host. */
    List<DeviceAddress> addresses() {
        List<DeviceAddress> addresses = new ArrayList<>();
        for (JsonNode device : ask("-4", "address", "show")) {
            for (JsonNode info : device.path("addr_info")) {
                addresses.add(new DeviceAddress(
                        device.path("ifname").asText(),
                        Ipv4.parse(info.path("local").asText()),
                        info.path("prefixlen").asInt()));
            }
        }
        return addresses;
    }

    /** The device the IPv4 default route leaves through. */
    Optional<String> defaultRouteDevice() {
        for (JsonNode route : ask("-4", "route", "show", "default")) {
            if (route.hasNonNull("dev")) {
                return Optional.of(route.path("dev").asText());
            }
        }
        return Optional.empty();
    }

    /** Runs {@code ip} to change something. */
    void change(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("ip"));
        argv.addAll(List.of(arguments));
        processes.run(Command.of(TIMEOUT, argv.toArray(String[]::new)));
    }

    private List<Link> links(List<String> selection) {
        List<String> arguments = new ArrayList<>(List.of("-details", "link", "show"));
        arguments.addAll(selection);
        List<Link> links = new ArrayList<>();
        for (JsonNode link : ask(arguments.toArray(String[]::new))) {
            // With a selection, ip prints {} for every device that is not in it.
            if (link.hasNonNull("ifname")) {
                links.add(new Link(
                        link.path("ifname").asText(),
                        link.path("linkinfo").path("info_kind").asText(),
                        link.path("address").asText(),
                        link.path("mtu").asInt()));
            }
        }
        return links;
    }

    private JsonNode ask(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("ip", "-json"));
        argv.addAll(List.of(arguments));
        String output = processes.run(Command.of(TIMEOUT, argv.toArray(String[]::new)));
        try {
            return JSON.readTree(output.isBlank() ? "[]" : output);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("ip printed something that is not JSON", e);
        }
    }
}
