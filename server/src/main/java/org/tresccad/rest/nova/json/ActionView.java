package org.tresccad.rest.nova.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.tresccad.instance.ActionLog;

/**
 * An entry of os-instance-actions.
 *
 * <pre>{@code
 * {"action": "stop", "instance_uuid": "...", "request_id": "req-...", "user_id": "...", "project_id": "...",
 *  "start_time": "2026-02-03T10:20:30.000000", "message": null}
 * }</pre>
 */
public final class ActionView {
    private ActionView() {}

    /** As in a list; 2.58 adds when it was updated. */
    public static ObjectNode listed(ActionLog.Entry entry, Microversion version) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("action", entry.action());
        view.put("instance_uuid", entry.instance().toString());
        view.put("request_id", entry.requestId());
        view.put("user_id", entry.user().value());
        view.put("project_id", entry.project().value());
        view.put("start_time", Times.micros(entry.startedAt()));
        view.putNull("message");
        if (version.isAtLeast(58)) {
            view.put("updated_at", Times.micros(entry.startedAt()));
        }
        return view;
    }

    /** As for one action; events are not kept, so there are none to show. */
    public static ObjectNode shown(ActionLog.Entry entry, Microversion version, boolean isForAdmin) {
        ObjectNode view = listed(entry, version);
        if (isForAdmin || version.isAtLeast(51)) {
            view.putArray("events");
        }
        return view;
    }
}
