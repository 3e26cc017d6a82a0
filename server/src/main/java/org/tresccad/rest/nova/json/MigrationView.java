package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import org.tresccad.rest.nova.MoveView;

/**
 * A move as Nova shows a migration.
 *
 * <pre>{@code
 * {"id": 7, "uuid": "...", "status": "running", "server_uuid": "...", "source_compute": "hostA",
 *  "dest_compute": "hostB", "memory_total_bytes": 1048576, "memory_processed_bytes": 4096,
 *  "memory_remaining_bytes": 1044480, ...}
 * }</pre>
 */
public final class MigrationView {
    private MigrationView() {}

    /** As {@code GET /servers/{id}/migrations} lists those that run; bytes of all kinds are counted as memory. */
    public static ObjectNode running(MoveView move, Microversion version) {
        ObjectNode view = common(move, version);
        view.put("server_uuid", move.instance().toString());
        put(view, "memory_total_bytes", move.totalBytes());
        view.put("memory_processed_bytes", move.doneBytes());
        put(
                view,
                "memory_remaining_bytes",
                move.totalBytes().isPresent()
                        ? OptionalLong.of(Math.max(0, move.totalBytes().getAsLong() - move.doneBytes()))
                        : OptionalLong.empty());
        view.put("disk_total_bytes", 0);
        view.put("disk_processed_bytes", 0);
        view.put("disk_remaining_bytes", 0);
        return view;
    }

    /** As {@code GET /os-migrations} lists all. */
    public static ObjectNode listed(MoveView move, Microversion version, Links links) {
        ObjectNode view = common(move, version);
        view.put("instance_uuid", move.instance().toString());
        view.putNull("old_instance_type_id");
        view.putNull("new_instance_type_id");
        if (version.isAtLeast(23)) {
            view.put("migration_type", "live-migration");
            if (move.isRunning()) {
                view.set("links", links.selfAndBookmark("servers/" + move.instance() + "/migrations/" + move.number()));
            }
        }
        return view;
    }

    private static ObjectNode common(MoveView move, Microversion version) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", move.number());
        if (version.isAtLeast(59)) {
            view.put("uuid", move.id().toString());
        }
        view.put("status", move.status());
        view.put("source_compute", move.source());
        view.put("source_node", move.source());
        view.put("dest_compute", move.destination());
        view.put("dest_node", move.destination());
        view.put("dest_host", move.destination());
        view.put("created_at", Times.micros(move.createdAt()));
        view.put("updated_at", Times.micros(move.updatedAt()));
        return view;
    }

    private static void put(ObjectNode view, String field, OptionalLong value) {
        if (value.isPresent()) {
            view.put(field, value.getAsLong());
        } else {
            view.putNull(field);
        }
    }
}
