package org.tresccad.hypervisor.libvirt;

import java.util.Optional;
import org.libvirt.Error;
import org.libvirt.LibvirtException;

/** An error of libvirt's, from its Java binding or from a function of our own binding. */
final class LibvirtFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Error> error;

    LibvirtFailure(String message) {
        super(message);
        this.error = Optional.empty();
    }

    LibvirtFailure(Error error) {
        super(String.valueOf(error.getMessage()));
        this.error = Optional.of(error);
    }

    LibvirtFailure(LibvirtException cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.error = Optional.ofNullable(cause.getError());
    }

    /** libvirt's error number. */
    Optional<Error.ErrorNumber> number() {
        return error.map(Error::getCode);
    }

    /** libvirt's text, which may name paths; for the log and for telling errors apart. */
    String text() {
        return String.valueOf(getMessage());
    }
}
