/** Golden samples of the compute API's JSON. */
@NullMarked
package org.tresccad.rest.nova.json;

import org.jspecify.annotations.NullMarked;
