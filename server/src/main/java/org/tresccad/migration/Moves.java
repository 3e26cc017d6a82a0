package org.tresccad.migration;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.instance.InstanceId;
import org.tresccad.state.Database;

/** The source's journal of moves. */
public final class Moves {
    private final Database database;

    /** Over {@code database}. */
    public Moves(Database database) {
        this.database = database;
    }

    /** All moves, newest first. */
    public List<Move> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM move ORDER BY number DESC")
                .map(Moves::map)
                .list());
    }

    /** The moves of a lineage away from this host, newest first. */
    public List<Move> of(Lineage lineage) {
        return database.read(
                handle -> handle.createQuery("SELECT * FROM move WHERE lineage = :lineage ORDER BY number DESC")
                        .bind("lineage", lineage.toString())
                        .map(Moves::map)
                        .list());
    }

    /** The {@code most} newest moves of a project's instances to one destination that reached it. */
    public List<Move> done(ProjectId project, String destination, int most) {
        return database.read(handle -> handle.createQuery("SELECT * FROM move WHERE project_id = :project"
                        + " AND destination = :destination AND state = 'DONE' ORDER BY number DESC LIMIT :most")
                .bind("project", project.value())
                .bind("destination", destination)
                .bind("most", most)
                .map(Moves::map)
                .list());
    }

    /** One move. */
    public Optional<Move> find(MoveId id) {
        return database.read(handle -> find(handle, id));
    }

    /** The same in the caller's transaction. */
    Optional<Move> find(Handle transaction, MoveId id) {
        return transaction
                .createQuery("SELECT * FROM move WHERE id = :id")
                .bind("id", id.toString())
                .map(Moves::map)
                .findOne();
    }

    /** The row's number. */
    int number(MoveId id) {
        return database.read(handle -> handle.createQuery("SELECT number FROM move WHERE id = :id")
                .bind("id", id.toString())
                .mapTo(Integer.class)
                .one());
    }

    /**
     * Adds a move.
     *
     * @throws TresccadException CONFLICT when the instance is being moved already
     */
    public void insert(Move move) {
        try {
            database.execute(transaction -> transaction
                    .createUpdate("INSERT INTO move (id, instance_id, instance_name, lineage, epoch, nonce,"
                            + " project_id, user_id, destination, mode, origin, chosen_mode, estimated_ms,"
                            + " predicted_ms, chosen_because, state, error, remote_instance, is_told,"
                            + " bytes_sent, interruption_ms, total_ms, started_at, ended_at) VALUES (:id,"
                            + " :instance, :name, :lineage, :epoch, :nonce, :project, :user, :destination, :mode,"
                            + " :origin, :chosen, :estimated, :predicted, :because, :state, :error, :remote, :told, :bytes, :interruption, :total, :started,"
                            + " :ended)")
                    .bindMap(columns(move))
                    .execute());
        } catch (UnableToExecuteStatementException e) {
            throw new TresccadException(
                    ErrorKind.CONFLICT, "Instance " + move.instance() + " is being moved already.", e);
        }
    }

    /**
     * Writes a move over its row, in the caller's transaction.
     *
     * @throws IllegalStateException when the state in the row is another and may not become this one; nothing is written
     */
    public void update(Handle transaction, Move move) {
        List<String> before = Stream.of(MoveState.values())
                .filter(state -> state == move.state() || state.canBecome(move.state()))
                .map(MoveState::name)
                .toList();
        int rows = transaction
                .createUpdate("UPDATE move SET epoch = :epoch, chosen_mode = :chosen, estimated_ms = :estimated,"
                        + " predicted_ms = :predicted, chosen_because = :because, state = :state, error = :error,"
                        + " remote_instance = :remote, is_told = :told, bytes_sent = :bytes,"
                        + " interruption_ms = :interruption, total_ms = :total, ended_at = :ended"
                        + " WHERE id = :id AND state IN (<before>)")
                .bindMap(columns(move))
                .bindList("before", before)
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("move " + move.id() + " is in no state that may become " + move.state());
        }
    }

    /** As {@link #update(Handle, Move)}, in a transaction of its own; answers the move. */
    public Move update(Move move) {
        database.execute(transaction -> update(transaction, move));
        return move;
    }

    private static Map<String, @Nullable Object> columns(Move move) {
        Map<String, @Nullable Object> columns = new HashMap<>();
        columns.put("id", move.id().toString());
        columns.put("instance", move.instance().toString());
        columns.put("name", move.instanceName());
        columns.put("lineage", move.epoch().lineage().toString());
        columns.put("epoch", move.epoch().number());
        columns.put("nonce", move.nonce().toString());
        columns.put("project", move.project().value());
        columns.put("user", move.user().value());
        columns.put("destination", move.destination());
        columns.put("mode", move.mode().name());
        columns.put("origin", move.origin().name());
        columns.put("chosen", move.plan().map(plan -> plan.mode().name()).orElse(null));
        columns.put(
                "estimated", move.plan().map(plan -> plan.estimate().toMillis()).orElse(null));
        columns.put(
                "predicted",
                move.plan().map(plan -> plan.predicted().toMillis()).orElse(null));
        columns.put("because", move.plan().map(Move.Plan::why).orElse(null));
        columns.put("state", move.state().name());
        columns.put("error", move.error().orElse(null));
        columns.put("remote", move.remoteInstance().map(InstanceId::toString).orElse(null));
        columns.put("told", move.isTold() ? 1 : 0);
        columns.put("bytes", move.figures().bytesSent());
        columns.put(
                "interruption",
                move.figures().interruption().map(Duration::toMillis).orElse(null));
        columns.put("total", move.figures().total().map(Duration::toMillis).orElse(null));
        columns.put("started", move.startedAt().toEpochMilli());
        columns.put("ended", move.endedAt().map(Instant::toEpochMilli).orElse(null));
        return columns;
    }

    private static Move map(ResultSet row, StatementContext context) throws SQLException {
        return new Move(
                new MoveId(UUID.fromString(row.getString("id"))),
                new InstanceId(UUID.fromString(row.getString("instance_id"))),
                row.getString("instance_name"),
                new Epoch(new Lineage(UUID.fromString(row.getString("lineage"))), row.getLong("epoch")),
                UUID.fromString(row.getString("nonce")),
                new ProjectId(row.getString("project_id")),
                new UserId(row.getString("user_id")),
                row.getString("destination"),
                MoveMode.valueOf(row.getString("mode")),
                Move.Origin.valueOf(row.getString("origin")),
                plan(row),
                MoveState.valueOf(row.getString("state")),
                Optional.ofNullable(row.getString("error")),
                Optional.ofNullable(row.getString("remote_instance"))
                        .map(UUID::fromString)
                        .map(InstanceId::new),
                row.getInt("is_told") != 0,
                new Move.Figures(
                        row.getLong("bytes_sent"), milliseconds(row, "interruption_ms"), milliseconds(row, "total_ms")),
                Instant.ofEpochMilli(row.getLong("started_at")),
                milliseconds(row, "ended_at").map(since -> Instant.EPOCH.plus(since)));
    }

    private static Optional<Move.Plan> plan(ResultSet row) throws SQLException {
        String chosen = row.getString("chosen_mode");
        return chosen == null
                ? Optional.empty()
                : Optional.of(new Move.Plan(
                        MoveMode.valueOf(chosen),
                        Duration.ofMillis(row.getLong("estimated_ms")),
                        Duration.ofMillis(row.getLong("predicted_ms")),
                        row.getString("chosen_because")));
    }

    private static Optional<Duration> milliseconds(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(value));
    }
}
