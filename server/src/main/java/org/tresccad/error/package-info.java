/** Errors as the whole daemon knows them: a kind, a sentence, no HTTP. */
@NullMarked
package org.tresccad.error;

import org.jspecify.annotations.NullMarked;
