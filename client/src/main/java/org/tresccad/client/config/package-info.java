/** Which clouds there are and how to reach them: clouds.yaml, secure.yaml and OS_* variables. */
@NullMarked
package org.tresccad.client.config;

import org.jspecify.annotations.NullMarked;
