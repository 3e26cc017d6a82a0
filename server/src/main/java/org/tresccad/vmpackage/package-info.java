/** The format of a frozen instance: writer, reader, manifest, limits. */
@NullMarked
package org.tresccad.vmpackage;

import org.jspecify.annotations.NullMarked;
