/** Work that goes on in the background: progress and cancellation. */
@NullMarked
package org.tresccad.job;

import org.jspecify.annotations.NullMarked;
