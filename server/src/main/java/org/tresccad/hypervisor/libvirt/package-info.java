/** The hypervisor over libvirt; the only package that knows libvirt-java or JNA. */
@NullMarked
package org.tresccad.hypervisor.libvirt;

import org.jspecify.annotations.NullMarked;
