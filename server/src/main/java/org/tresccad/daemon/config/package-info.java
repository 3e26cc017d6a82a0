/** The daemon's configuration: parsed once at start, from four sources, into immutable records. */
@NullMarked
package org.tresccad.daemon.config;

import org.jspecify.annotations.NullMarked;
