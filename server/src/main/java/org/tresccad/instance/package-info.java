/** Instances and their use cases. */
@NullMarked
package org.tresccad.instance;

import org.jspecify.annotations.NullMarked;
