/** The process: command line, configuration, listeners, logs, metrics, and the one place that wires everything. */
@NullMarked
package org.tresccad.daemon;

import org.jspecify.annotations.NullMarked;
