package org.tresccad.rest.nova.json;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceStatus;
import org.tresccad.instance.TaskState;

/** Nova's {@code status} of a server: what state it is in, or what is done to it. */
public enum ServerStatus {
    BUILD,
    ACTIVE,
    PAUSED,
    SUSPENDED,
    SHUTOFF,
    REBOOT,
    HARD_REBOOT,
    /** A move has frozen it. */
    MIGRATING,
    ERROR;

    /** The status of an instance. */
    public static ServerStatus of(Instance instance) {
        if (instance.task().filter(TaskState.MIGRATING::equals).isPresent()) {
            return MIGRATING;
        }
        return valueOf(instance.status().name());
    }

    /** The status of that name in any case, if there is one. */
    public static Optional<ServerStatus> parse(String text) {
        return Arrays.stream(values())
                .filter(status -> status.name().equals(text.toUpperCase(Locale.ROOT)))
                .findFirst();
    }

    /** Whether Nova shows {@code progress} with it. */
    public boolean hasProgress() {
        return this == BUILD || this == ACTIVE || this == MIGRATING;
    }

    /** Nova's {@code vm_state}. */
    public static String vmState(InstanceStatus status) {
        return switch (status) {
            case BUILD -> "building";
            case ACTIVE, REBOOT, HARD_REBOOT -> "active";
            case PAUSED -> "paused";
            case SUSPENDED -> "suspended";
            case SHUTOFF -> "stopped";
            case ERROR -> "error";
        };
    }

    /** Nova's {@code power_state}: 0 none, 1 running, 3 paused, 4 shut down. */
    public static int powerState(InstanceStatus status) {
        return switch (status) {
            case BUILD, ERROR -> 0;
            case ACTIVE, REBOOT, HARD_REBOOT -> 1;
            case PAUSED -> 3;
            case SUSPENDED, SHUTOFF -> 4;
        };
    }
}
