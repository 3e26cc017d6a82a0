/** The only package that starts programs. */
@NullMarked
package org.tresccad.process;

import org.jspecify.annotations.NullMarked;
