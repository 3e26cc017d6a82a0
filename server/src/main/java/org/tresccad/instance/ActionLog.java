package org.tresccad.instance;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.statement.StatementContext;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.state.Database;

/** Who asked for what, of which instance, when. Kept after the instance is gone. */
public final class ActionLog {
    private final Database database;
    private final Clock clock;

    /** Over {@code database}. */
    public ActionLog(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * One accepted request.
     *
     * @param requestId what the caller was told in {@code x-compute-request-id}
     * @param action Nova's word: {@code create}, {@code stop}, {@code reboot}, ...
     */
    public record Entry(
            String requestId, InstanceId instance, ProjectId project, UserId user, String action, Instant startedAt) {}

    /** Writes an accepted request down; the same one twice is once. */
    public void add(Caller caller, String requestId, Instance instance, String action) {
        database.execute(transaction -> transaction.execute(
                "INSERT OR IGNORE INTO instance_action"
                        + " (request_id, instance_id, project_id, user_id, action, started_at) VALUES (?, ?, ?, ?, ?, ?)",
                requestId,
                instance.id().toString(),
                instance.project().value(),
                caller.userId().value(),
                action,
                clock.millis()));
    }

    /** What was asked of an instance, newest first; empty for one that never was, or is another project's. */
    public List<Entry> list(Caller caller, InstanceId instance) {
        return database
                .read(handle -> handle.createQuery("SELECT * FROM instance_action WHERE instance_id = :id"
                                + " ORDER BY started_at DESC, rowid DESC")
                        .bind("id", instance.toString())
                        .map(ActionLog::map)
                        .list())
                .stream()
                .filter(entry -> caller.sees(entry.project()))
                .toList();
    }

    /**
     * One request.
     *
     * @throws TresccadException NOT_FOUND
     */
    public Entry get(Caller caller, InstanceId instance, String requestId) {
        Optional<Entry> found = list(caller, instance).stream()
                .filter(entry -> entry.requestId().equals(requestId))
                .findFirst();
        return found.orElseThrow(() -> new TresccadException(
                ErrorKind.NOT_FOUND, "Instance " + instance + " has no action of that request id."));
    }

    private static Entry map(ResultSet row, StatementContext context) throws SQLException {
        return new Entry(
                row.getString("request_id"),
                new InstanceId(UUID.fromString(row.getString("instance_id"))),
                new ProjectId(row.getString("project_id")),
                new UserId(row.getString("user_id")),
                row.getString("action"),
                Instant.ofEpochMilli(row.getLong("started_at")));
    }
}
