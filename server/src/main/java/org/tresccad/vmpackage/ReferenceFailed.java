package org.tresccad.vmpackage;

import java.io.IOException;

/**
 * Content that a package refers to could not be read on this host, or is not of the size that the package says. Neither
 * the package's stream nor a member is at fault; without references the same instance can still be sent.
 */
public final class ReferenceFailed extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Reference reference;

    ReferenceFailed(Reference reference, String why) {
        super(reference + ": " + why);
        this.reference = reference;
    }

    ReferenceFailed(Reference reference, IOException cause) {
        super(reference + ": " + cause.getMessage(), cause);
        this.reference = reference;
    }

    /** What it was. */
    public Reference reference() {
        return reference;
    }
}
