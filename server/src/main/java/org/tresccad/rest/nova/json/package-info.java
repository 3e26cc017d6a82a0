/** The JSON of the compute API, by microversion. */
@NullMarked
package org.tresccad.rest.nova.json;

import org.jspecify.annotations.NullMarked;
