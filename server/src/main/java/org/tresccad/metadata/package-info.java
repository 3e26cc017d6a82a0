/** What one guest may know and ask, and how the daemon knows which guest is asking. */
@NullMarked
package org.tresccad.metadata;

import org.jspecify.annotations.NullMarked;
