/** The network service (Neutron v2.0), as far as moving a server needs it. */
@NullMarked
package org.tresccad.client.network;

import org.jspecify.annotations.NullMarked;
