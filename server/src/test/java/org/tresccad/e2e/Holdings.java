package org.tresccad.e2e;

import java.util.List;
import java.util.Set;

/**
 * What a host has because of guests, and what it has still to do about them. Two that were taken while the same guest was
 * there, and nothing going on, are equal.
 *
 * @param inventory without what is kept of guests that have left
 * @param rows instances, images, what holds contents, and whatever is undecided or untold
 */
record Holdings(Inventory inventory, List<String> rows) {
    private static final String ROWS = """
            SELECT 'instance ' || id || ' ' || status || ' ' || coalesce(task, '') AS what FROM instance
            UNION ALL SELECT 'image ' || name || ' ' || status FROM image
            UNION ALL SELECT 'content ' || sha512 FROM content WHERE sha512 NOT IN (%1$s)
            UNION ALL SELECT 'hold ' || sha512 FROM content_hold WHERE holder NOT LIKE 'kept:%%'
            UNION ALL SELECT 'move ' || id || ' ' || state FROM move
                WHERE state NOT IN ('DONE', 'WITHDRAWN', 'FAILED') OR is_told = 0
            UNION ALL SELECT 'arrival ' || epoch || ' ' || state FROM arrival
                WHERE state NOT IN ('RUNNING', 'DISCARDED')
            UNION ALL SELECT 'undecided ' || epoch FROM handover WHERE verdict = 'open'
            ORDER BY what""";

    /** Contents that are there for the sake of what is kept alone. */
    private static final String KEPT = """
            SELECT sha512 FROM content_hold WHERE holder LIKE 'kept:%'
            EXCEPT SELECT sha512 FROM content_hold WHERE holder NOT LIKE 'kept:%'
            EXCEPT SELECT sha512 FROM image WHERE sha512 IS NOT NULL""";

    static Holdings of(Host host) {
        Set<String> kept = Set.copyOf(host.query(KEPT));
        return new Holdings(host.inventory().withoutKept(kept), host.query(ROWS.formatted(KEPT)));
    }
}
