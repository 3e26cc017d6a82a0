package org.tresccad.daemon.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address to listen on. A literal address: a name would mean another interface after a change of DNS.
 *
 * @param host an IPv4 or IPv6 address, without brackets
 * @param port 0 lets the system choose one
 */
public record HostPort(String host, int port) {
    private static final String IPV4 = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
    private static final String IPV6 = "[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*";

    /** Checks both. */
    public HostPort {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
        address(host);
    }

    /** Parses {@code 127.0.0.1:8774} or {@code [::1]:8774}. */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("\"" + text + "\" is not an address and a port such as 127.0.0.1:8774");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw new IllegalArgumentException("\"" + text + "\": an IPv6 address is written in brackets, [::1]:8774");
        }
        return new HostPort(host, Values.whole(text.substring(colon + 1), 0, 65535));
    }

    /** The address, as the system's type. */
    public InetAddress address() {
        return address(host);
    }

    /** Whether only this machine can reach it. */
    public boolean isLoopback() {
        return address().isLoopbackAddress();
    }

    private static InetAddress address(String host) {
        if (!host.matches(IPV4) && !host.matches(IPV6)) {
            throw new IllegalArgumentException("\"" + host + "\" is not an IPv4 or IPv6 address");
        }
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("\"" + host + "\" is not an IPv4 or IPv6 address", e);
        }
    }

    /** As in a URL. */
    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
