/**
 * Whole hosts against each other: real daemons, libvirt, guests and clients, in namespaces that {@code bin/hosts} makes.
 * The tests stand outside, as a person with a shell would.
 */
@NullMarked
package org.tresccad.e2e;

import org.jspecify.annotations.NullMarked;
