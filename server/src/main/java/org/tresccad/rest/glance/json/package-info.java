/** JSON of Glance's API. */
@NullMarked
package org.tresccad.rest.glance.json;

import org.jspecify.annotations.NullMarked;
