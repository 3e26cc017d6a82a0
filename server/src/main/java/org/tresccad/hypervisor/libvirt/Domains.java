package org.tresccad.hypervisor.libvirt;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.libvirt.Domain;
import org.libvirt.DomainInfo;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.NoSuchDomain;

/**
 * libvirt's domains by name. Handles are freed before a method returns, and a domain counts as ours only by its name
 * and our element in its metadata: what somebody else made is never touched.
 */
final class Domains {
    /** {@code VIR_DOMAIN_METADATA_ELEMENT}. */
    private static final int METADATA_ELEMENT = 2;
    /** {@code VIR_DOMAIN_AFFECT_LIVE}. */
    private static final int AFFECT_LIVE = 1;
    /** {@code VIR_CONNECT_LIST_DOMAINS_ACTIVE}. */
    private static final int ACTIVE = 1;

    private static final String FROZEN = "frozen=";

    private Domains() {}

    /** Uses a domain's handle, which must not get out. */
    @FunctionalInterface
    interface Use<T> {
        T with(Domain domain) throws LibvirtException, LibvirtFailure;
    }

    /** What the domain is used for; empty when libvirt has none of that name that is ours. */
    static <T> Optional<T> find(LiveConnect connect, DomainName name, Use<T> use)
            throws LibvirtException, LibvirtFailure {
        Domain domain;
        try {
            domain = connect.domainLookupByName(name.value());
        } catch (LibvirtException e) {
            if (is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                return Optional.empty();
            }
            throw e;
        }
        try {
            return metadata(domain).isPresent() ? Optional.of(use.with(domain)) : Optional.empty();
        } finally {
            domain.free();
        }
    }

    /** As {@link #find}, for a domain that must be there. */
    static <T> T use(LiveConnect connect, DomainName name, Use<T> use) throws LibvirtException, LibvirtFailure {
        return find(connect, name, use)
                .orElseThrow(() -> new NoSuchDomain("there is no domain " + name + " on this host"));
    }

    /** Every domain of ours that is there. */
    static Set<DomainName> list(LiveConnect connect) throws LibvirtException {
        Set<DomainName> names = new TreeSet<>(java.util.Comparator.comparing(DomainName::value));
        Domain[] domains = connect.listAllDomains(ACTIVE);
        try {
            for (Domain domain : domains) {
                Optional<DomainName> name = ownName(domain.getName());
                if (name.isPresent() && isOurs(domain)) {
                    names.add(name.get());
                }
            }
        } finally {
            for (Domain domain : domains) {
                domain.free();
            }
        }
        return names;
    }

    /** A name as ours look; empty for others. */
    static Optional<DomainName> ownName(String name) {
        try {
            return Optional.of(new DomainName(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The domain's state; empty when it is gone or about to be. */
    static Optional<DomainState> state(Domain domain) throws LibvirtException {
        DomainInfo.DomainState state = domain.getInfo().state;
        return switch (state) {
            case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED, VIR_DOMAIN_SHUTDOWN -> Optional.of(DomainState.RUNNING);
            case VIR_DOMAIN_PAUSED, VIR_DOMAIN_PMSUSPENDED -> Optional.of(DomainState.PAUSED);
            case VIR_DOMAIN_CRASHED -> Optional.of(DomainState.CRASHED);
            case VIR_DOMAIN_NOSTATE, VIR_DOMAIN_SHUTOFF -> Optional.empty();
        };
    }

    /** Whether {@link SaveImages} stopped its CPUs, not its user; kept by libvirt over restarts of both daemons. */
    static boolean isMarkedFrozen(Domain domain) throws LibvirtException {
        return metadata(domain).orElse("").contains(FROZEN);
    }

    /** Writes down who stopped the CPUs. */
    static void markFrozen(Domain domain, boolean isFrozen) throws LibvirtException {
        if (isMarkedFrozen(domain) != isFrozen) {
            domain.setMetadata(
                    METADATA_ELEMENT,
                    DomainXml.metadataElement(isFrozen),
                    "tresccad",
                    DomainXml.NAMESPACE,
                    AFFECT_LIVE);
        }
    }

    static boolean is(LibvirtException e, ErrorNumber number) {
        return e.getError() != null && e.getError().getCode() == number;
    }

    private static boolean isOurs(Domain domain) throws LibvirtException {
        try {
            return metadata(domain).isPresent();
        } catch (LibvirtException e) {
            if (is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                return false;
            }
            throw e;
        }
    }

    private static Optional<String> metadata(Domain domain) throws LibvirtException {
        try {
            return Optional.of(domain.getMetadata(METADATA_ELEMENT, DomainXml.NAMESPACE, AFFECT_LIVE));
        } catch (LibvirtException e) {
            if (is(e, ErrorNumber.VIR_ERR_NO_DOMAIN_METADATA)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
