package org.tresccad.network.linux;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.network.Ipv4;
import org.tresccad.network.NetworkConflict;
import org.tresccad.network.NetworkSettings;
import org.tresccad.network.Port;
import org.tresccad.network.Subnet;
import org.tresccad.network.linux.IpCommand.DeviceAddress;
import org.tresccad.network.linux.IpCommand.Link;

/**
 * The bridge the guests' taps are ports of. Its MAC address is the same on every host, whatever its name, which serves
 * three ends: it does not change when taps come and go, it tells our bridge from a stranger's of the same name, and a
 * guest that moves to another host finds the gateway it knows still valid in its ARP cache.
 */
final class Bridge {
    private static final Logger log = LoggerFactory.getLogger(Bridge.class);
    private static final int DEFAULT_MTU = 1500;

    /**
     * The gateway of every guest, on every host: a locally administered unicast address. It is what the bridge of the
     * default name had when addresses were computed from names, so that most bridges of then have it already.
     */
    static final String MAC = macOf("tresccad0");

    private final NetworkSettings settings;
    private final IpCommand ip;
    private final KernelSettings kernel;
    private final String name;

    Bridge(NetworkSettings settings, IpCommand ip, KernelSettings kernel) {
        this.settings = settings;
        this.ip = ip;
        this.kernel = kernel;
        this.name = settings.bridge();
    }

    /**
     * Changes nothing, but refuses what {@link #ensure} could not do without breaking somebody else's network.
     *
     * @throws NetworkConflict when a device of this name is not ours or is used otherwise, or when the guest network
     *     overlaps with another network of this host
     */
    void requireUsable() {
        Subnet subnet = settings.addressing().subnet();
        Optional<Link> existing = ip.link(name);
        existing.ifPresent(this::requireOurs);
        for (DeviceAddress other : ip.addresses()) {
            if (other.device().equals(name)) {
                requireGateway(other);
            } else if (subnet.contains(other.address()) || overlaps(other, subnet)) {
                throw new NetworkConflict("The guest network " + subnet + " overlaps with " + other.address() + "/"
                        + other.prefixLength() + " on " + other.device() + "; configure another one.");
            }
        }
    }

    /** Makes the bridge as it should be; {@code mtu} in bytes. */
    void ensure(int mtu) {
        Optional<Link> existing = ip.link(name);
        if (existing.isEmpty()) {
            // forward_delay 0: without spanning tree a port forwards at once, so a guest's first DHCP request is not
            // lost.
            ip.change(
                    "link",
                    "add",
                    "name",
                    name,
                    "address",
                    MAC,
                    "type",
                    "bridge",
                    "stp_state",
                    "0",
                    "forward_delay",
                    "0");
            log.info("made bridge {}", name);
        }
        kernel.hardenGuestDevice(name);
        if (existing.filter(link -> !link.mac().equals(MAC)).isPresent()) {
            // Of a version that computed it from the name. The kernel tells the guests (arp_notify).
            ip.change("link", "set", "dev", name, "address", MAC);
            log.info("the bridge {} has the address of all gateways now", name);
        }
        ip.change("link", "set", "dev", name, "mtu", Integer.toString(mtu));
        if (ip.addresses().stream().noneMatch(address -> address.device().equals(name))) {
            Subnet subnet = settings.addressing().subnet();
            String gateway = settings.addressing().gateway() + "/" + subnet.prefixLength();
            ip.change("address", "add", gateway, "broadcast", subnet.broadcast().toString(), "dev", name);
        }
        ip.change("link", "set", "dev", name, "up");
        kernel.forwardIpv4();
    }

    /** Removes the bridge if it is ours. */
    void remove() {
        Optional<Link> existing = ip.link(name);
        if (existing.isEmpty()) {
            return;
        }
        requireOurs(existing.get());
        ip.change("link", "delete", "dev", name, "type", "bridge");
        log.info("removed bridge {}", name);
    }

    /** The MTU guests should use: as configured, or what fits through the uplink, or Ethernet's. */
    int mtu() {
        if (settings.mtu().isPresent()) {
            return settings.mtu().getAsInt();
        }
        return settings.routing()
                .uplink()
                .or(ip::defaultRouteDevice)
                .flatMap(ip::link)
                // A loopback or a jumbo uplink must not push guests past what the path beyond it takes.
                .map(link -> Math.min(link.mtu(), DEFAULT_MTU))
                .orElse(DEFAULT_MTU);
    }

    private void requireOurs(Link device) {
        boolean isOurs = device.mac().equals(MAC) || device.mac().equals(macOf(name));
        if (!device.kind().equals("bridge") || !isOurs) {
            throw new NetworkConflict("A device " + name + " exists that tresccad did not make; configure another name"
                    + " for the bridge, or remove that device.");
        }
        List<String> strangers = ip.portsOf(name).stream()
                .map(Link::name)
                .filter(port -> !Port.isTapName(port))
                .toList();
        if (!strangers.isEmpty()) {
            throw new NetworkConflict("The bridge " + name + " has ports that are not guests of tresccad: "
                    + String.join(", ", strangers) + "; remove them or configure another name for the bridge.");
        }
    }

    private void requireGateway(DeviceAddress address) {
        Ipv4 gateway = settings.addressing().gateway();
        if (!address.address().equals(gateway)
                || address.prefixLength() != settings.addressing().subnet().prefixLength()) {
            throw new NetworkConflict("The bridge " + name + " has the address " + address.address() + "/"
                    + address.prefixLength() + ", configured is " + gateway + "/"
                    + settings.addressing().subnet().prefixLength()
                    + "; if the configuration changed, run tresccad --cleanup first, else remove the address.");
        }
    }

    private static boolean overlaps(DeviceAddress other, Subnet subnet) {
        if (other.prefixLength() == 0) {
            return false;
        }
        int mask = -1 << (32 - other.prefixLength());
        return (other.address().bits() & mask) == (subnet.network().bits() & mask);
    }

    /** What earlier versions gave a bridge of that name: locally administered, unicast. */
    static String macOf(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(("tresccad bridge " + name).getBytes(StandardCharsets.UTF_8));
            return "02:" + HexFormat.ofDelimiter(":").formatHex(digest, 0, 5);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
