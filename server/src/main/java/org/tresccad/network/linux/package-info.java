/** The guest network by the means of Linux: a bridge, iptables, dnsmasq, libvirt's nwfilter. */
@NullMarked
package org.tresccad.network.linux;

import org.jspecify.annotations.NullMarked;
