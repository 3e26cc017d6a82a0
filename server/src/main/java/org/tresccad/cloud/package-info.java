/** Other clouds this host knows, per project, and connections to them. */
@NullMarked
package org.tresccad.cloud;

import org.jspecify.annotations.NullMarked;
