/** Tests of the compute API, over HTTP, with domains that are only remembered. */
@NullMarked
package org.tresccad.rest.nova;

import org.jspecify.annotations.NullMarked;
