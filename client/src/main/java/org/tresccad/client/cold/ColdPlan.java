package org.tresccad.client.cold;

import java.util.List;

/**
 * What a cold move would do.
 *
 * @param move as its journal would begin
 * @param steps in order, for people
 * @param notes what will be different at the target
 * @param reasons everything that is against it; none when it can be done
 */
public record ColdPlan(ColdMove move, List<String> steps, List<String> notes, List<Reason> reasons) {
    /** Copies. */
    public ColdPlan {
        steps = List.copyOf(steps);
        notes = List.copyOf(notes);
        reasons = List.copyOf(reasons);
    }

    /** Whether nothing is against it. */
    public boolean possible() {
        return reasons.isEmpty();
    }

    /** A reason against it; {@code subject} is one word for programs: state, volumes, flavor, network, quota, place. */
    public record Reason(String subject, String message) {}
}
