package org.tresccad.migration;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tresccad.hypervisor.HostCpu;
import org.tresccad.identity.ProjectId;

/** The places a project's instances can be moved to: its clouds in this host's clouds.yaml. */
public interface Destinations {
    /** Their names, without asking them. */
    List<String> names(ProjectId project);

    /** Asks each of them, side by side, whether it is there; takes a few seconds at most. */
    List<Destination> probe(ProjectId project);

    /**
     * Refuses at once what a place can be known never to take. One that does not answer is not refused: the move will say.
     *
     * @throws org.tresccad.error.TresccadException CONFLICT
     */
    default void requireTakes(ProjectId project, String name, MoveMode mode) {}

    /**
     * The largest CPU that guests can have at each of them, asked side by side within a few seconds; empty when one of them
     * does not say.
     */
    default Optional<Set<HostCpu>> cpus(ProjectId project) {
        return Optional.empty();
    }

    /**
     * A connection to one of them.
     *
     * @throws org.tresccad.error.TresccadException BAD_REQUEST naming those there are, when it is none of them
     */
    Peer connect(ProjectId project, String name);
}
