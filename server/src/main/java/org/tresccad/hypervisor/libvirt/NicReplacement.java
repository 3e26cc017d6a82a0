package org.tresccad.hypervisor.libvirt;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.tresccad.hypervisor.DomainSpec;
import org.tresccad.hypervisor.DomainXml;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.job.Cancellation;

/**
 * A card taken out of a running guest and another put in. QEMU asks the guest by ACPI to let go of a card, and forgets
 * it when the guest has done so (https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDetachDeviceFlags: the
 * call returns before that).
 */
final class NicReplacement {
    private static final Duration POLL = Duration.ofMillis(200);

    /** {@code VIR_DOMAIN_AFFECT_LIVE}. */
    private static final int AFFECT_LIVE = 1;

    private final DomainSpec spec;
    private final Supplier<String> liveXml;
    private final Function<Plug, Runnable> plugs;

    /** One order to libvirt about one card. */
    @FunctionalInterface
    interface Plug {
        void order(org.libvirt.Domain domain) throws org.libvirt.LibvirtException;
    }

    /**
     * Of a domain.
     *
     * @param liveXml its XML as it is now
     * @param plugs carries out an order on it, with a time limit
     */
    NicReplacement(DomainSpec spec, Supplier<String> liveXml, Function<Plug, Runnable> plugs) {
        this.spec = spec;
        this.liveXml = liveXml;
        this.plugs = plugs;
    }

    /** Does it; waits for the guest for {@code patience} at most. */
    void replace(Duration patience) {
        List<String> old = DomainDevices.nics(liveXml.get());
        for (String nic : old) {
            plugs.apply(domain -> domain.detachDeviceFlags(nic, AFFECT_LIVE)).run();
        }
        if (!old.isEmpty()) {
            awaitNone(patience);
        }
        String anew = DomainXml.renderNic(spec);
        plugs.apply(domain -> domain.attachDeviceFlags(anew, AFFECT_LIVE)).run();
    }

    private void awaitNone(Duration patience) {
        Cancellation never = new Cancellation();
        long since = System.nanoTime();
        while (!DomainDevices.nics(liveXml.get()).isEmpty()) {
            if (System.nanoTime() - since > patience.toNanos()) {
                throw new HypervisorRefused("the guest of " + spec.name()
                        + " did not let go of its network card within " + patience.toSeconds() + " s");
            }
            never.await(POLL);
        }
    }
}
