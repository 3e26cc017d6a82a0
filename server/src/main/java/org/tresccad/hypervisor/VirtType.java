package org.tresccad.hypervisor;

import java.util.Locale;

/** How a domain's CPUs run: libvirt's {@code <domain type=...>}. Memory images do not move between the two. */
public enum VirtType {
    /** Hardware virtualization. */
    KVM,
    /** TCG, QEMU's emulation. */
    QEMU;

    /** libvirt's word. */
    public String libvirtName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
