/** The image service (Glance v2). */
@NullMarked
package org.tresccad.client.image;

import org.jspecify.annotations.NullMarked;
