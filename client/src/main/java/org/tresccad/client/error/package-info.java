/** What can go wrong with another cloud: one class per kind, with the facts as fields. */
@NullMarked
package org.tresccad.client.error;

import org.jspecify.annotations.NullMarked;
