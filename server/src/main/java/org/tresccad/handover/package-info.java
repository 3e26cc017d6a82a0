/**
 * Who may run a lineage: the write-once register of design section 7. Of all places that hold a copy of an instance,
 * the register of the newest epoch names the one that may run it.
 */
@NullMarked
package org.tresccad.handover;

import org.jspecify.annotations.NullMarked;
