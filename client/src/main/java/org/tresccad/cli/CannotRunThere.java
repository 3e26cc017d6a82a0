package org.tresccad.cli;

/** The answer of a check is no; the reasons have been printed. */
final class CannotRunThere extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CannotRunThere(String what, String cloud, int reasons) {
        super(what + " cannot run at " + cloud + ": " + reasons + (reasons == 1 ? " reason." : " reasons."));
    }
}
