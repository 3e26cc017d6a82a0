package org.tresccad.hypervisor.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;
import org.libvirt.Error;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.virError;

/**
 * What libvirt-java 0.5.4 does not bind.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">libvirt: domain functions</a>
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-host.html">libvirt: host functions</a>
 */
interface LibvirtNative extends Library {
    /** The library, with strings as UTF-8. */
    LibvirtNative INSTANCE = Native.load("virt", LibvirtNative.class);

    /** {@code VIR_DOMAIN_SAVE_PAUSED}. */
    int SAVE_PAUSED = 4;

    /** {@code VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN}. */
    int SHUTDOWN_ACPI = 1;

    /** {@code VIR_CONNECT_BASELINE_CPU_MIGRATABLE}: without features that keep a guest from moving. */
    int BASELINE_CPU_MIGRATABLE = 2;

    /** {@code VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE}: say what is lacking, as an error. */
    int COMPARE_CPU_FAIL_INCOMPATIBLE = 1;

    /** 0, or -1 with the thread's last error set. */
    int virDomainRestoreFlags(@Nullable ConnectionPointer conn, String from, @Nullable String dxml, int flags);

    /** 0, or -1 with the thread's last error set. */
    int virDomainShutdownFlags(DomainPointer domain, int flags);

    /** Seconds that the guest agent may take to answer; 0, or -1 with the thread's last error set. */
    int virDomainAgentSetResponseTimeout(DomainPointer domain, int timeout, int flags);

    /** Through the guest agent; 0, or -1 with the thread's last error set. */
    int virDomainSetTime(DomainPointer domain, long seconds, int nseconds, int flags);

    /** A C string that the caller frees, or null with the thread's last error set. */
    @Nullable
    Pointer virConnectGetDomainCapabilities(
            @Nullable ConnectionPointer conn,
            @Nullable String emulator,
            String arch,
            @Nullable String machine,
            String virtType,
            int flags);

    /** Positive when the host's CPU, as the hypervisor offers it, has all of that one; -1 with the thread's last error set. */
    int virConnectCompareHypervisorCPU(
            @Nullable ConnectionPointer conn,
            @Nullable String emulator,
            String arch,
            @Nullable String machine,
            String virtType,
            String cpu,
            int flags);

    /** A C string that the caller frees, or null with the thread's last error set. */
    @Nullable
    Pointer virConnectBaselineHypervisorCPU(
            @Nullable ConnectionPointer conn,
            @Nullable String emulator,
            String arch,
            @Nullable String machine,
            String virtType,
            String[] cpus,
            int count,
            int flags);

    /** The error of the call this thread made last. */
    static LibvirtFailure lastFailure() {
        virError error = Libvirt.INSTANCE.virGetLastError();
        return error == null ? new LibvirtFailure("libvirt failed without saying why") : failure(new Error(error));
    }

    private static LibvirtFailure failure(Error error) {
        return new LibvirtFailure(error);
    }

    /** Copies a C string and frees it. */
    static String take(Pointer text) {
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }
}
