package org.tresccad.instance;

import org.tresccad.hypervisor.Platform;
import org.tresccad.identity.ProjectId;

/** What new instances are pinned to, for their lives. */
@FunctionalInterface
public interface Platforms {
    /** The platform of an instance that the project makes now. */
    Platform ofNew(ProjectId project);
}
