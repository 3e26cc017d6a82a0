/** Images and their content, addressed by digest; base images for overlays. */
@NullMarked
package org.tresccad.image;

import org.jspecify.annotations.NullMarked;
