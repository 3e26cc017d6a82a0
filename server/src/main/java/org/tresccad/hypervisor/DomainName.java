package org.tresccad.hypervisor;

/** libvirt's name of a domain of ours: {@code tresccad-} and what makes it unique on the host. */
public record DomainName(String value) {
    /** What every domain of ours is called first. */
    public static final String PREFIX = "tresccad-";

    /** Checks the form. */
    public DomainName {
        if (!value.matches(PREFIX + "[a-z0-9-]{1,64}")) {
            throw new IllegalArgumentException("not a domain name of ours: " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
