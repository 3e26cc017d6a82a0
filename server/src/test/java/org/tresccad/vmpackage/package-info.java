/** Tests of the package format. */
@NullMarked
package org.tresccad.vmpackage;

import org.jspecify.annotations.NullMarked;
