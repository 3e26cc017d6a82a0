/** Wire records of our own routes. */
@NullMarked
package org.tresccad.rest.tresccad.json;

import org.jspecify.annotations.NullMarked;
