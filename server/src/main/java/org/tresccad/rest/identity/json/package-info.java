/** JSON of Keystone's API. */
@NullMarked
package org.tresccad.rest.identity.json;

import org.jspecify.annotations.NullMarked;
