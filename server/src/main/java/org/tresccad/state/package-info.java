/** Durable state: the SQLite database and files that are written whole or not at all. */
@NullMarked
package org.tresccad.state;

import org.jspecify.annotations.NullMarked;
