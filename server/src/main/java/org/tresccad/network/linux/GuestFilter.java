package org.tresccad.network.linux;

/**
 * The libvirt network filter of every guest interface: the guest sends with its own MAC and its own IPv4 address only,
 * in Ethernet, ARP and IP alike; it cannot play DHCP server for others; IPv6, VLAN tags and whatever else are dropped.
 * Interfaces that use it must give the parameters {@code MAC} and {@code IP}.
 *
 * @see <a href="https://libvirt.org/formatnwfilter.html">libvirt: Network Filters</a>
 */
final class GuestFilter {
    static final String NAME = "tresccad-guest";

    /**
     * libvirt refuses to redefine a filter under another uuid, so ours is fixed. A rule's priority is its place (lower
     * first); {@code out} is what the guest sends.
     */
    static final String XML = """
            <filter name='tresccad-guest' chain='root'>
              <uuid>7e6f1c52-9f0b-4f0e-8a35-6d0a5b1c4e11</uuid>
              <!-- A frame that does not come from the guest's own card. -->
              <rule action='drop' direction='out' priority='100'>
                <mac match='no' srcmacaddr='$MAC'/>
              </rule>
              <!-- ARP: own addresses only; sender 0.0.0.0 is the probe before an address is used (RFC 5227). -->
              <rule action='accept' direction='out' priority='200'>
                <arp arpsrcmacaddr='$MAC' arpsrcipaddr='$IP'/>
              </rule>
              <rule action='accept' direction='out' priority='201'>
                <arp arpsrcmacaddr='$MAC' arpsrcipaddr='0.0.0.0'/>
              </rule>
              <rule action='drop' direction='out' priority='202'>
                <arp/>
              </rule>
              <rule action='accept' direction='in' priority='203'>
                <arp/>
              </rule>
              <!-- QEMU announces a guest that arrived by a RARP broadcast in its name. -->
              <rule action='accept' direction='out' priority='210'>
                <rarp opcode='Request_Reverse' srcmacaddr='$MAC' dstmacaddr='ff:ff:ff:ff:ff:ff' arpsrcmacaddr='$MAC' arpdstmacaddr='$MAC' arpsrcipaddr='0.0.0.0' arpdstipaddr='0.0.0.0'/>
              </rule>
              <rule action='accept' direction='in' priority='211'>
                <rarp/>
              </rule>
              <!-- DHCP: ask before there is an address, never answer. -->
              <rule action='accept' direction='out' priority='300'>
                <ip srcipaddr='0.0.0.0' dstipaddr='255.255.255.255' protocol='udp' srcportstart='68' dstportstart='67'/>
              </rule>
              <rule action='drop' direction='out' priority='301'>
                <ip protocol='udp' srcportstart='67'/>
              </rule>
              <rule action='accept' direction='out' priority='310'>
                <ip srcipaddr='$IP'/>
              </rule>
              <rule action='accept' direction='in' priority='311'>
                <ip/>
              </rule>
              <rule action='drop' direction='inout' priority='900'>
                <mac/>
              </rule>
            </filter>
            """;

    private GuestFilter() {}
}
