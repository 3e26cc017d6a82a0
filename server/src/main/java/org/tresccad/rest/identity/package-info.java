/** Keystone's API, version 3. */
@NullMarked
package org.tresccad.rest.identity;

import org.jspecify.annotations.NullMarked;
