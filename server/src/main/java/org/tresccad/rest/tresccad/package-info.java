/** Our own routes below /tresccad/v1: the host, destinations, moves, checks and handovers. */
@NullMarked
package org.tresccad.rest.tresccad;

import org.jspecify.annotations.NullMarked;
