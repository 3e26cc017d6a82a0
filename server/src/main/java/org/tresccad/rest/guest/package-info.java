/**
 * What guests are served at 169.254.169.254: EC2's and OpenStack's metadata, and tresccad's own guest API. Nothing of
 * this is reachable through the API listener, nor the other way round.
 */
@NullMarked
package org.tresccad.rest.guest;

import org.jspecify.annotations.NullMarked;
