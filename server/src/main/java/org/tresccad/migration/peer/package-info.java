/** Moves over the client library: the other end as an image service, a compute service, and the handover routes. */
@NullMarked
package org.tresccad.migration.peer;

import org.jspecify.annotations.NullMarked;
