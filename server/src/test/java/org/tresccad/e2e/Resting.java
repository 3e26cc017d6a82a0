package org.tresccad.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;

/**
 * A host with nothing on its way in or out, and nothing left to be removed: the only one whose {@link Inventory} can be
 * compared with a later one.
 */
final class Resting {
    /** What is under way or untold, and what nothing needs any more. */
    private static final String BUSY = """
            SELECT 'move ' || id || ' ' || state AS what FROM move
                WHERE state NOT IN ('DONE', 'WITHDRAWN', 'FAILED') OR is_told = 0
            UNION ALL SELECT 'arrival ' || epoch || ' ' || state FROM arrival
                WHERE state NOT IN ('RUNNING', 'DISCARDED')
            UNION ALL SELECT 'task ' || id || ' ' || task FROM instance WHERE task IS NOT NULL
            UNION ALL SELECT 'image ' || id || ' ' || status FROM image WHERE status NOT IN ('active', 'queued')
            UNION ALL SELECT 'content ' || sha512 FROM content
                WHERE sha512 NOT IN (SELECT sha512 FROM content_hold)
                AND sha512 NOT IN (SELECT sha512 FROM image WHERE sha512 IS NOT NULL)
            UNION ALL SELECT 'residue ' || lineage FROM residue
                WHERE lineage IN (SELECT lineage FROM instance)
            ORDER BY what""";

    private static final String WITH_DOMAIN =
            "SELECT id FROM instance WHERE status IN ('ACTIVE', 'PAUSED') ORDER BY id";
    private static final String INSTANCES = "SELECT 'instances/' || id FROM instance ORDER BY 1";
    private static final String CONTENTS = "SELECT 'content/' || substr(sha512, 1, 2) || '/' || sha512 FROM content";
    private static final String KEPT = "SELECT DISTINCT 'kept/' || lineage FROM residue ORDER BY 1";

    private Resting() {}

    /** Waits until {@code host} rests; what it holds then. */
    static Inventory inventoryOf(Host host) {
        await(host.name() + " to rest").untilAsserted(() -> check(host, host.inventory()));
        return host.inventory();
    }

    private static void check(Host host, Inventory held) {
        assertThat(host.query(BUSY)).isEmpty();
        assertThat(held.domains()).hasSameSizeAs(host.query(WITH_DOMAIN));
        assertThat(held.cards()).hasSameSizeAs(held.ports());
        assertThat(held.leases()).hasSameSizeAs(held.ports());
        assertThat(files(held, "incoming/.+")).isEmpty();
        assertThat(files(held, "instances/[^/]+")).isEqualTo(host.query(INSTANCES));
        assertThat(files(held, "instances/[^/]+/memory.*")).isEmpty();
        assertThat(files(held, "content/../.+")).containsExactlyInAnyOrderElementsOf(host.query(CONTENTS));
        assertThat(files(held, "kept/[^/]+")).isEqualTo(host.query(KEPT));
    }

    private static List<String> files(Inventory held, String pattern) {
        return held.files().stream().filter(file -> file.matches(pattern)).toList();
    }
}
