/** JSON of the guest API and of OpenStack's metadata. */
@NullMarked
package org.tresccad.rest.guest.json;

import org.jspecify.annotations.NullMarked;
