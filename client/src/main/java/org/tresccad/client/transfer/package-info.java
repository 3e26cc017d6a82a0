/** Watching and ending long transfers. */
@NullMarked
package org.tresccad.client.transfer;

import org.jspecify.annotations.NullMarked;
