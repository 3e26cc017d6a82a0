package org.tresccad.hypervisor;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A release of QEMU, {@code 7.2}, without the number of its stable update: within a release, memory fits both ways. */
public record QemuRelease(int major, int minor) implements Comparable<QemuRelease> {
    private static final Pattern RELEASE = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})(?:[^0-9].*)?");
    private static final Comparator<QemuRelease> ORDER =
            Comparator.comparingInt(QemuRelease::major).thenComparingInt(QemuRelease::minor);

    /** The release of a version such as {@code 7.2.19}; empty when it is none. */
    public static Optional<QemuRelease> of(String version) {
        Matcher matcher = RELEASE.matcher(version);
        return matcher.matches()
                ? Optional.of(new QemuRelease(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(QemuRelease other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
