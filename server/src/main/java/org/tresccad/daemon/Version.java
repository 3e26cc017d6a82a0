package org.tresccad.daemon;

import picocli.CommandLine.IVersionProvider;

/** The version of the program, from its jar's manifest. */
public final class Version implements IVersionProvider {
    /** {@code 1.0.0}, or {@code development} when it does not run from a jar. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"tresccad " + text()};
    }
}
