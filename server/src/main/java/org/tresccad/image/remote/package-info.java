/** Images of other clouds, over the client library. */
@NullMarked
package org.tresccad.image.remote;

import org.jspecify.annotations.NullMarked;
