package org.tresccad.migration;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.hypervisor.Hypervisor;
import org.tresccad.hypervisor.Platform;
import org.tresccad.identity.ProjectId;
import org.tresccad.instance.Platforms;

/**
 * Pins new instances to the largest CPU that this host and every destination of their project can make, when all of them
 * say what they can; to the hypervisor's own choice otherwise, and where there is no destination.
 */
public final class BaselinePlatform implements Platforms {
    private static final Logger LOG = LoggerFactory.getLogger(BaselinePlatform.class);

    private final Hypervisor hypervisor;
    private final Destinations destinations;

    /** Asks {@code destinations} for each new instance. */
    public BaselinePlatform(Hypervisor hypervisor, Destinations destinations) {
        this.hypervisor = hypervisor;
        this.destinations = destinations;
    }

    @Override
    public Platform ofNew(ProjectId project) {
        Platform portable = hypervisor.newPlatform();
        Optional<CpuModel> common = inCommon(project);
        if (common.isEmpty()) {
            LOG.info("the CPUs of the destinations are not known, or have nothing in common: {} it is", portable.cpu());
        }
        return common.map(cpu -> new Platform(portable.virtType(), portable.architecture(), portable.machine(), cpu))
                .orElse(portable);
    }

    private Optional<CpuModel> inCommon(ProjectId project) {
        Optional<HostCpu> here = hypervisor.capabilities().cpu();
        if (here.isEmpty()) {
            return Optional.empty();
        }
        return destinations.cpus(project).filter(there -> !there.isEmpty()).flatMap(there -> {
            Set<HostCpu> all = new HashSet<>(there);
            all.add(here.get());
            return hypervisor.baseline(all);
        });
    }
}
