/** Glance's API, version 2. */
@NullMarked
package org.tresccad.rest.glance;

import org.jspecify.annotations.NullMarked;
