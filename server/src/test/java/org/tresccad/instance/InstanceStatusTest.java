package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.instance.InstanceStatus.ACTIVE;
import static org.tresccad.instance.InstanceStatus.BUILD;
import static org.tresccad.instance.InstanceStatus.ERROR;
import static org.tresccad.instance.InstanceStatus.HARD_REBOOT;
import static org.tresccad.instance.InstanceStatus.PAUSED;
import static org.tresccad.instance.InstanceStatus.REBOOT;
import static org.tresccad.instance.InstanceStatus.SHUTOFF;
import static org.tresccad.instance.InstanceStatus.SUSPENDED;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstanceStatusTest {
    private static final Map<InstanceStatus, Set<InstanceStatus>> NEXT = Map.of(
            BUILD, Set.of(ACTIVE, PAUSED, ERROR),
            ACTIVE, Set.of(PAUSED, SUSPENDED, SHUTOFF, REBOOT, HARD_REBOOT, ERROR),
            PAUSED, Set.of(ACTIVE, SHUTOFF, SUSPENDED, HARD_REBOOT, ERROR),
            SUSPENDED, Set.of(ACTIVE, SHUTOFF, HARD_REBOOT, ERROR),
            SHUTOFF, Set.of(ACTIVE, HARD_REBOOT, ERROR),
            REBOOT, Set.of(ACTIVE, SHUTOFF, ERROR),
            HARD_REBOOT, Set.of(ACTIVE, SHUTOFF, ERROR),
            ERROR, Set.of(ACTIVE, SHUTOFF, HARD_REBOOT));

    @ParameterizedTest
    @EnumSource
    void aStatusBecomesThoseOfTheTableAndNoOther(InstanceStatus status) {
        for (InstanceStatus next : InstanceStatus.values()) {
            assertThat(status.canBecome(next))
                    .as("%s to %s", status, next)
                    .isEqualTo(NEXT.getOrDefault(status, Set.of()).contains(next));
        }
    }
}
