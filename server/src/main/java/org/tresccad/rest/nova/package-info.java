/** The compute API as Nova has it: routes, microversions and what Nova's clients expect. Nothing below knows HTTP. */
@NullMarked
package org.tresccad.rest.nova;

import org.jspecify.annotations.NullMarked;
