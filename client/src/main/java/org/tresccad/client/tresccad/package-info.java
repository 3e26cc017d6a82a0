/** What only tresccad hosts have: destinations, moves, handovers. */
@NullMarked
package org.tresccad.client.tresccad;

import org.jspecify.annotations.NullMarked;
