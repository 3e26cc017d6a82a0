/** In-memory stand-ins for the ports of the server, for tests that need no libvirt, bridge or big files. */
@NullMarked
package org.tresccad.testing;

import org.jspecify.annotations.NullMarked;
