package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tresccad.hypervisor.CpuModel;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.hypervisor.Platform;
import org.tresccad.identity.ProjectId;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor;

class BaselinePlatformTest {
    private static final CpuModel PLAIN = CpuModel.of("qemu64");

    private final TestingHypervisor hypervisor = new TestingHypervisor();
    private final Platform portable = hypervisor.newPlatform();

    @Test
    void theCpuHasWhatAllDestinationsAndThisHostHave() {
        Set<String> more = new HashSet<>(TestingHypervisor.CPU.required());
        more.add("avx512f");
        CpuModel larger = new CpuModel(TestingHypervisor.CPU.name(), more, Set.of());
        assertThat(pinned(Optional.of(Set.of(ours(larger))))).isEqualTo(with(TestingHypervisor.CPU));
        assertThat(pinned(Optional.of(Set.of(ours(larger), ours(PLAIN))))).isEqualTo(with(PLAIN));
    }

    @Test
    void itIsThePortableOneWhenADestinationDoesNotSayOrThereIsNone() {
        assertThat(pinned(Optional.empty())).isEqualTo(portable);
        assertThat(pinned(Optional.of(Set.of()))).isEqualTo(portable);
    }

    @Test
    void itIsThePortableOneBetweenCpusOfDifferentMakers() {
        assertThat(pinned(Optional.of(Set.of(ours(PLAIN), new HostCpu("AMD", PLAIN)))))
                .isEqualTo(portable);
    }

    private static HostCpu ours(CpuModel cpu) {
        return new HostCpu(TestingHypervisor.VENDOR, cpu);
    }

    private Platform with(CpuModel cpu) {
        return new Platform(portable.virtType(), portable.architecture(), portable.machine(), cpu);
    }

    private Platform pinned(Optional<Set<HostCpu>> cpus) {
        return new BaselinePlatform(hypervisor, new Saying(cpus)).ofNew(TestingHost.MEMBER.projectId());
    }

    private record Saying(Optional<Set<HostCpu>> cpus) implements Destinations {
        @Override
        public Optional<Set<HostCpu>> cpus(ProjectId project) {
            return cpus;
        }

        @Override
        public List<String> names(ProjectId project) {
            return List.of();
        }

        @Override
        public List<Destination> probe(ProjectId project) {
            return List.of();
        }

        @Override
        public Peer connect(ProjectId project, String name) {
            throw new IllegalArgumentException(name);
        }
    }
}
