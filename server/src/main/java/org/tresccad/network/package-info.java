/** Guest ports, addresses, DHCP and isolation. */
@NullMarked
package org.tresccad.network;

import org.jspecify.annotations.NullMarked;
