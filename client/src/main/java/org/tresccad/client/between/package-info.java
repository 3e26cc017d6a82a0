/**
 * Moves of a server with its memory from one OpenStack with tresccad's plugin to another, by their public APIs: saved there,
 * its package copied, claimed and restored here. Decision 31 has the order of steps and why exactly one place runs it.
 */
@NullMarked
package org.tresccad.client.between;

import org.jspecify.annotations.NullMarked;
