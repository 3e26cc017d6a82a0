package org.tresccad.hypervisor;

/**
 * The largest CPU that domains of a host can have and still move.
 *
 * @param vendor its maker, in libvirt's words: {@code AMD}
 * @param model by name and features
 */
public record HostCpu(String vendor, CpuModel model) {
    /** Checks the vendor, which ends up in XML. */
    public HostCpu {
        if (!vendor.matches("[A-Za-z0-9]{1,64}")) {
            throw new IllegalArgumentException("not a maker of CPUs: " + vendor);
        }
    }
}
