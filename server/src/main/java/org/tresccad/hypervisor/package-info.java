/** The port through which domains are started, frozen and resumed. */
@NullMarked
package org.tresccad.hypervisor;

import org.jspecify.annotations.NullMarked;
