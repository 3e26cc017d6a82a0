package org.tresccad.rest.nova;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.tresccad.identity.Caller;
import org.tresccad.instance.InstanceId;

/** What the compute API asks of moves. */
public interface MoveRequests {
    /**
     * Starts to move an instance.
     *
     * @param destination name of a cloud the caller's project knows
     * @param mode {@code auto}, {@code package}, ...
     * @param bandwidth bytes per second for what is sent before the freeze; 0 for no limit, empty for the host's own
     * @throws org.tresccad.error.TresccadException NOT_FOUND, FORBIDDEN, CONFLICT, or BAD_REQUEST for an unknown
     *     destination or mode, or a bandwidth that is too low
     */
    MoveView request(Caller caller, InstanceId instance, String destination, String mode, OptionalLong bandwidth);

    /** The instance's moves whose outcome is open. */
    List<MoveView> running(Caller caller, InstanceId instance);

    /** The moves of the caller's project that match, newest first; an admin sees every project's. */
    List<MoveView> all(Caller caller, Filter filter);

    /** Which moves; an empty part matches all. */
    record Filter(Optional<InstanceId> instance, Optional<String> status) {}
}
