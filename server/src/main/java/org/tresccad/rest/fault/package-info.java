/** How errors look on the wire: one table, one renderer an API. */
@NullMarked
package org.tresccad.rest.fault;

import org.jspecify.annotations.NullMarked;
