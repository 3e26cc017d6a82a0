package org.tresccad.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What a certificate is good for.
 *
 * @param dns host names, in lower case
 * @param addresses IP addresses in their usual form
 */
record SubjectNames(Set<String> dns, Set<String> addresses) {
    SubjectNames {
        dns = Collections.unmodifiableSet(new TreeSet<>(dns));
        addresses = Collections.unmodifiableSet(new TreeSet<>(addresses));
    }

    /** The names of a listener on {@code listen}: the host's, and every address it can be reached at. */
    static SubjectNames of(String hostname, InetAddress listen, Predicate<InetAddress> isGuestAddress) {
        Set<String> dns = new TreeSet<>(Set.of("localhost"));
        if (hostname.matches("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*")) {
            dns.add(hostname.toLowerCase(Locale.ROOT));
        }
        Set<String> addresses = new TreeSet<>(Set.of("127.0.0.1"));
        if (listen.isAnyLocalAddress()) {
            for (InetAddress address : ownAddresses()) {
                if (!address.isLoopbackAddress() && !address.isLinkLocalAddress() && !isGuestAddress.test(address)) {
                    addresses.add(literal(address));
                }
            }
        } else {
            addresses.add(literal(listen));
        }
        return new SubjectNames(dns, addresses);
    }

    /** Whether everything {@code other} needs is here. */
    boolean covers(SubjectNames other) {
        return dns.containsAll(other.dns) && addresses.containsAll(other.addresses);
    }

    /** Without the zone an IPv6 address may have. */
    static String literal(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static Iterable<InetAddress> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
