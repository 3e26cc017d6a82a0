/** Users, projects, roles and tokens. */
@NullMarked
package org.tresccad.identity;

import org.jspecify.annotations.NullMarked;
