/** The command line {@code tresccac}: arguments, tables and progress around the library {@code org.tresccad.client}. */
@NullMarked
package org.tresccad.cli;

import org.jspecify.annotations.NullMarked;
