/** The compute service (Nova 2.37) and tresccad's additions to it. */
@NullMarked
package org.tresccad.client.compute;

import org.jspecify.annotations.NullMarked;
