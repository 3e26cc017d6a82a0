/** Moves of instances to other hosts: the journal, the engine, and the port to the other side. */
@NullMarked
package org.tresccad.migration;

import org.jspecify.annotations.NullMarked;
