/** The guest network by the means of Linux: a bridge, iptables, nftables, dnsmasq. */
@NullMarked
package org.tresccad.network.linux;

import org.jspecify.annotations.NullMarked;
