package org.tresccad.network.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Settings of the kernel's network stack in our network namespace.
 *
 * @see <a href="https://docs.kernel.org/networking/ip-sysctl.html">Linux: IP sysctl</a>
 */
final class KernelSettings {
    private static final Path NET = Path.of("/proc/sys/net");

    /** Lets the host pass packets on. Stays on after a cleanup: others on this host may rely on it by then. */
    void forwardIpv4() {
        set("ipv4/ip_forward", "1");
    }

    /** What a device that faces hostile guests needs. */
    void hardenGuestDevice(String device) {
        String conf = "ipv4/conf/" + device + "/";
        // Strict: a packet whose source would not be answered through this device is dropped (RFC 3704).
        set(conf + "rp_filter", "1");
        // Answer ARP only for the gateway address, and never tell guests about the host's others.
        set(conf + "arp_ignore", "1");
        set(conf + "arp_announce", "2");
        // Tell guests at once when the device's own address becomes another, or it comes up.
        set(conf + "arp_notify", "1");
        set(conf + "accept_redirects", "0");
        set(conf + "send_redirects", "0");
        set(conf + "accept_source_route", "0");
        set(conf + "proxy_arp", "0");
        Path ipv6 = NET.resolve("ipv6/conf/" + device + "/disable_ipv6");
        if (Files.exists(ipv6)) {
            set("ipv6/conf/" + device + "/disable_ipv6", "1");
        }
    }

    private static void set(String setting, String value) {
        Path file = NET.resolve(setting);
        try {
            if (!Files.readString(file).strip().equals(value)) {
                Files.writeString(file, value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set " + file + " to " + value, e);
        }
    }
}
