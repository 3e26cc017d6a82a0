/** The register of handovers that lies in a cloud's image service: write-once records of who may run which epoch. */
@NullMarked
package org.tresccad.client.handover;

import org.jspecify.annotations.NullMarked;
