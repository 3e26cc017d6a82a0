package org.tresccad.rest.nova;

import java.util.List;
import java.util.Optional;
import org.tresccad.identity.Caller;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.MoveTerms;

/** What the compute API asks of moves. */
public interface MoveRequests {
    /**
     * Starts to move an instance.
     *
     * @param destination name of a cloud the caller's project knows
     * @param mode {@code auto}, {@code package}, ...
     * @throws org.tresccad.error.TresccadException NOT_FOUND, FORBIDDEN, CONFLICT, or BAD_REQUEST for an unknown
     *     destination or mode
     */
    MoveView request(Caller caller, InstanceId instance, String destination, String mode, MoveTerms terms);

    /** The instance's moves whose outcome is open. */
    List<MoveView> running(Caller caller, InstanceId instance);

    /** The moves of the caller's project that match, newest first; an admin sees every project's. */
    List<MoveView> all(Caller caller, Filter filter);

    /** Which moves; an empty part matches all. */
    record Filter(Optional<InstanceId> instance, Optional<String> status) {}
}
