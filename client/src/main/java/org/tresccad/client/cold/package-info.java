/**
 * Moves of a server's disk from one cloud to another through their public APIs alone: stopped there, copied, started
 * here. Decision 28 has the order of steps and why at no instant two of them run.
 */
@NullMarked
package org.tresccad.client.cold;

import org.jspecify.annotations.NullMarked;
