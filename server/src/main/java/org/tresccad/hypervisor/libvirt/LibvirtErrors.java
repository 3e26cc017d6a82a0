package org.tresccad.hypervisor.libvirt;

import java.util.Locale;
import org.libvirt.Error.ErrorNumber;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.NoSuchDomain;

/**
 * libvirt's errors in our words. libvirt has few numbers for many errors and puts QEMU's own text into
 * {@code VIR_ERR_INTERNAL_ERROR}; where only the text tells, it is looked at, but never shown: it names paths.
 */
final class LibvirtErrors {
    private LibvirtErrors() {}

    /**
     * The error to raise.
     *
     * @param tried what could not be done, to go after "could not": {@code start tresccad-1}
     */
    static TresccadException translate(String tried, LibvirtFailure failure) {
        String could = "could not " + tried + ": ";
        return switch (failure.number().orElse(ErrorNumber.VIR_ERR_UNKNOWN)) {
            case VIR_ERR_NO_DOMAIN -> new NoSuchDomain(could + "libvirt has no such domain", failure);
            case VIR_ERR_INVALID_CONN, VIR_ERR_NO_CONNECT, VIR_ERR_RPC, VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_UNAVAILABLE ->
                unavailable(could, failure);
            case VIR_ERR_OPERATION_TIMEOUT, VIR_ERR_RESOURCE_BUSY ->
                new HypervisorUnavailable(could + "the domain is busy with something else; try again", failure);
            case VIR_ERR_DOM_EXIST -> exists(could, failure);
            case VIR_ERR_NO_MEMORY -> noSpace(could + "the host has not enough memory", failure);
            case VIR_ERR_CPU_INCOMPATIBLE -> cpu(could, failure);
            case VIR_ERR_OPERATION_ABORTED -> new HypervisorRefused(could + "it was aborted", failure);
            default -> byText(could, failure);
        };
    }

    private static TresccadException byText(String could, LibvirtFailure failure) {
        String text = failure.text().toLowerCase(Locale.ROOT);
        if (text.contains("client socket is closed")
                || text.contains("failed to connect socket")
                || text.contains("cannot recv data")
                || text.contains("end of file while reading data")
                || text.contains("broken pipe")) {
            return unavailable(could, failure);
        }
        if (text.contains("no space left") || text.contains("disk quota exceeded")) {
            return noSpace(could + "the host's disk is full", failure);
        }
        if (text.contains("cannot allocate memory") || text.contains("cannot set up guest memory")) {
            return noSpace(could + "the host has not enough memory", failure);
        }
        if (text.contains("already exists") || text.contains("already defined") || text.contains("already active")) {
            return exists(could, failure);
        }
        if (text.contains("domain is not running")) {
            return new NoSuchDomain(could + "it does not run any more", failure);
        }
        if (text.contains("guest cpu doesn't match") || text.contains("missing features")) {
            return cpu(could, failure);
        }
        if (text.contains("unsupported machine type") || text.contains("machine type")) {
            return new HypervisorRefused(could + "this host's QEMU does not have its machine type", failure);
        }
        if (text.contains("\"write\" lock") || text.contains("shared \"write\"")) {
            return new HypervisorRefused(could + "its disk is in use", failure);
        }
        if (text.contains("no such file")) {
            return new HypervisorRefused(could + "a file it needs is not there", failure);
        }
        if (text.contains("cannot get interface mtu") || text.contains("bridge")) {
            return new HypervisorRefused(could + "the network's bridge is not there", failure);
        }
        if (text.contains("load of migration failed") || text.contains("error while loading state")) {
            return new TresccadException(
                    ErrorKind.INVALID_CONTENT, could + "QEMU cannot read the saved memory", failure);
        }
        return new HypervisorRefused(could + "libvirt refused; the log of this host says why", failure);
    }

    private static TresccadException unavailable(String could, LibvirtFailure failure) {
        return new HypervisorUnavailable(could + "libvirt does not answer; guests run on", failure);
    }

    private static TresccadException noSpace(String message, LibvirtFailure failure) {
        return new TresccadException(ErrorKind.NO_SPACE, message, failure);
    }

    private static TresccadException exists(String could, LibvirtFailure failure) {
        return new HypervisorRefused(could + "a domain with that name, id or network device exists", failure);
    }

    private static TresccadException cpu(String could, LibvirtFailure failure) {
        return new HypervisorRefused(could + "this host's CPU lacks features that the guest was started with", failure);
    }
}
