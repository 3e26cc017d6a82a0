/** What every listener's requests and responses go through, whichever API they belong to. */
@NullMarked
package org.tresccad.rest.transport;

import org.jspecify.annotations.NullMarked;
