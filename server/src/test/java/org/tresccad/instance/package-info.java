/** Use cases of instances, over stand-ins for the world. */
@NullMarked
package org.tresccad.instance;

import org.jspecify.annotations.NullMarked;
