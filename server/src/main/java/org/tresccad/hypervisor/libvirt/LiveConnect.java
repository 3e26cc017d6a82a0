package org.tresccad.hypervisor.libvirt;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;
import org.tresccad.hypervisor.DomainName;

/** An open connection, with the calls that libvirt-java lacks. */
final class LiveConnect extends Connect {
    /** Connects; may hang as long as libvirtd does. */
    LiveConnect(String uri) throws LibvirtException {
        super(uri);
    }

    /** Restores a domain from a save image, its CPUs stopped whatever the image says. */
    void restorePaused(String memoryFile) throws LibvirtFailure {
        if (LibvirtNative.INSTANCE.virDomainRestoreFlags(pointer(), memoryFile, null, LibvirtNative.SAVE_PAUSED) < 0) {
            throw LibvirtNative.lastFailure();
        }
    }

    /** Presses the power button; the guest agent, which could hang, is not asked. */
    void pressPowerButton(DomainName name) throws LibvirtFailure {
        ask(name, domain -> LibvirtNative.INSTANCE.virDomainShutdownFlags(domain, LibvirtNative.SHUTDOWN_ACPI));
    }

    /**
     * Has the guest agent, which must have its port open, set the guest's clock; it is given {@code patience} in whole
     * seconds to answer, and as long again to show that it is there.
     */
    void setTime(DomainName name, Instant now, Duration patience) throws LibvirtFailure {
        ask(name, domain -> {
            int seconds = Math.toIntExact(patience.toSeconds());
            int limited = LibvirtNative.INSTANCE.virDomainAgentSetResponseTimeout(domain, seconds, 0);
            return limited < 0
                    ? limited
                    : LibvirtNative.INSTANCE.virDomainSetTime(domain, now.getEpochSecond(), now.getNano(), 0);
        });
    }

    private void ask(DomainName name, ToIntFunction<DomainPointer> call) throws LibvirtFailure {
        DomainPointer domain = Libvirt.INSTANCE.virDomainLookupByName(pointer(), name.value());
        if (domain == null) {
            throw LibvirtNative.lastFailure();
        }
        try {
            if (call.applyAsInt(domain) < 0) {
                throw LibvirtNative.lastFailure();
            }
        } finally {
            Libvirt.INSTANCE.virDomainFree(domain);
        }
    }

    /** libvirt's XML about what domains of that kind may look like. */
    String domainCapabilities(String architecture, @Nullable String machine, String virtType) throws LibvirtFailure {
        return text(LibvirtNative.INSTANCE.virConnectGetDomainCapabilities(
                pointer(), null, architecture, machine, virtType, 0));
    }

    /** libvirt's XML of the largest CPU that has no more than any of {@code cpus}. */
    String baselineCpu(String architecture, String virtType, List<String> cpus) throws LibvirtFailure {
        return text(LibvirtNative.INSTANCE.virConnectBaselineHypervisorCPU(
                pointer(),
                null,
                architecture,
                null,
                virtType,
                cpus.toArray(new String[0]),
                cpus.size(),
                LibvirtNative.BASELINE_CPU_MIGRATABLE));
    }

    private static String text(@Nullable Pointer text) throws LibvirtFailure {
        if (text == null) {
            throw LibvirtNative.lastFailure();
        }
        return LibvirtNative.take(text);
    }

    /**
     * Does nothing when domains of that type can have the CPU here.
     *
     * @throws LibvirtFailure {@code VIR_ERR_CPU_INCOMPATIBLE} when they cannot, others when libvirt cannot tell
     */
    void requireCpu(String architecture, String virtType, String cpu) throws LibvirtFailure {
        int compared = LibvirtNative.INSTANCE.virConnectCompareHypervisorCPU(
                pointer(), null, architecture, null, virtType, cpu, LibvirtNative.COMPARE_CPU_FAIL_INCOMPATIBLE);
        if (compared < 0) {
            throw LibvirtNative.lastFailure();
        }
    }

    private @Nullable ConnectionPointer pointer() {
        return vcp;
    }
}
