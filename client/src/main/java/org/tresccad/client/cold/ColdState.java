package org.tresccad.client.cold;

import java.util.Set;

/** How far a cold move is. Written to the journal before anything of that state is done. */
public enum ColdState {
    /** The source is marked, stopped and locked. Left when it is SHUTOFF. */
    STOPPING,
    /** Its disk is copied. The target has images, and nothing that could run. */
    COPYING,
    /** The target's ports and server are made. Left when that is ACTIVE, or by taking back. */
    STARTING,
    /** The target runs. The source is deleted, or stays off; it is never started again by a move. */
    ARRIVED,
    /** What the target has is removed, then the source is started again if it ran. */
    TAKING_BACK;

    /** Whether a move in this state may next be in {@code next}; every state may be written again with more facts. */
    public boolean canBecome(ColdState next) {
        return next == this
                || switch (this) {
                    case STOPPING -> Set.of(COPYING, TAKING_BACK).contains(next);
                    case COPYING -> Set.of(STARTING, TAKING_BACK).contains(next);
                    case STARTING -> Set.of(ARRIVED, TAKING_BACK).contains(next);
                    case ARRIVED, TAKING_BACK -> false;
                };
    }
}
