package org.tresccad.hypervisor.libvirt;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.libvirt.Error.ErrorNumber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.CpuXml;
import org.tresccad.hypervisor.HostCapabilities;
import org.tresccad.hypervisor.HostCpu;

/**
 * Has libvirt compare CPUs with the one that QEMU could make here, and with each other.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCompareHypervisorCPU">libvirt:
 *     virConnectCompareHypervisorCPU</a>
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectBaselineHypervisorCPU">libvirt:
 *     virConnectBaselineHypervisorCPU</a>
 */
final class CpuComparison {
    private static final Logger LOG = LoggerFactory.getLogger(CpuComparison.class);
    private static final Set<ErrorNumber> UNSUPPORTED = Set.of(
            ErrorNumber.VIR_ERR_NO_SUPPORT,
            ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
            ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED);
    private static final Pattern FEATURES = Pattern.compile("required features: ([A-Za-z0-9._, -]{1,4096})");

    private CpuComparison() {}

    /** What is lacking here, for people; empty when nothing is. */
    static Optional<String> lacks(LiveConnect connect, HostCapabilities host, CpuModel cpu) throws LibvirtFailure {
        try {
            connect.requireCpu(host.architecture(), host.virtType().libvirtName(), CpuXml.render(cpu));
            return Optional.empty();
        } catch (LibvirtFailure e) {
            return lacking(e, host, cpu);
        }
    }

    private static Optional<String> lacking(LibvirtFailure failure, HostCapabilities host, CpuModel cpu)
            throws LibvirtFailure {
        ErrorNumber number = number(failure);
        if (number == ErrorNumber.VIR_ERR_CPU_INCOMPATIBLE) {
            Matcher features = FEATURES.matcher(failure.text());
            return Optional.of(features.find() ? features.group(1).strip() : "what CPUs of that kind have");
        }
        // The words were asked for, so they are known to somebody; libvirt here is too old to know them.
        if (isOfUnknownWords(failure)) {
            return Optional.of("a libvirt that knows it, or one of its features");
        }
        if (UNSUPPORTED.contains(number)) {
            // Then only QEMU's own word is left, which is about the model as it is.
            return host.cpuModels().contains(cpu.name()) ? Optional.empty() : Optional.of("a QEMU that can make it");
        }
        throw failure;
    }

    /** The largest CPU in common; empty when there is none. */
    static Optional<CpuModel> baseline(LiveConnect connect, HostCapabilities host, Set<HostCpu> cpus)
            throws LibvirtFailure {
        try {
            return Optional.of(CapabilitiesXml.baseline(connect.baselineCpu(
                    host.architecture(),
                    host.virtType().libvirtName(),
                    cpus.stream().map(CpuXml::render).toList())));
        } catch (LibvirtFailure e) {
            ErrorNumber number = number(e);
            if (number == ErrorNumber.VIR_ERR_OPERATION_FAILED
                    || number == ErrorNumber.VIR_ERR_CPU_INCOMPATIBLE
                    || UNSUPPORTED.contains(number)
                    || isOfUnknownWords(e)) {
                LOG.info("libvirt finds no CPU in common: {}", e.text());
                return Optional.empty();
            }
            throw e;
        }
    }

    private static ErrorNumber number(LibvirtFailure failure) {
        return failure.number().orElse(ErrorNumber.VIR_ERR_UNKNOWN);
    }

    private static boolean isOfUnknownWords(LibvirtFailure failure) {
        return failure.text().toLowerCase(Locale.ROOT).contains("unknown cpu");
    }
}
