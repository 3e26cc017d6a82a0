package org.tresccad.instance;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ImageId;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/** The target's journal: every epoch that came here, and what became of it. Rows are never deleted. */
public final class Arrivals {
    private final Database database;

    /** Over {@code database}. */
    public Arrivals(Database database) {
        this.database = database;
    }

    /** The arrival of an epoch, if it ever came here. */
    public Optional<Arrival> find(Epoch epoch) {
        return database.read(handle -> find(handle, epoch));
    }

    /** As {@link #find(Epoch)}, in the caller's transaction. */
    public Optional<Arrival> find(Handle handle, Epoch epoch) {
        return handle.createQuery("SELECT * FROM arrival WHERE lineage = :lineage AND epoch = :epoch")
                .bind("lineage", epoch.lineage().toString())
                .bind("epoch", epoch.number())
                .map(Arrivals::map)
                .findOne();
    }

    /** The arrivals of a lineage, newest first. */
    public List<Arrival> of(Lineage lineage) {
        return database.read(
                handle -> handle.createQuery("SELECT * FROM arrival WHERE lineage = :lineage ORDER BY epoch DESC")
                        .bind("lineage", lineage.toString())
                        .map(Arrivals::map)
                        .list());
    }

    /** What came of the package in that image, if it ever began to arrive here. */
    public Optional<Arrival> of(ImageId image) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM arrival WHERE image_id = :image ORDER BY started_at DESC LIMIT 1")
                .bind("image", image.toString())
                .map(Arrivals::map)
                .findOne());
    }

    /** The arrivals on which something is still to be done. */
    public List<Arrival> unfinished() {
        return database.read(
                handle -> handle.createQuery("SELECT * FROM arrival WHERE state NOT IN ('RUNNING', 'DISCARDED')")
                        .map(Arrivals::map)
                        .list());
    }

    /**
     * Adds a row, in the caller's transaction, over an earlier one that {@link Arrival#mayComeAgain}.
     *
     * @throws IllegalStateException when there is another; nothing is written
     */
    public void insert(Handle transaction, Arrival arrival) {
        if (arrival.state() != ArrivalState.RECEIVING
                || !find(transaction, arrival.epoch())
                        .map(Arrival::mayComeAgain)
                        .orElse(true)) {
            throw new IllegalStateException("epoch " + arrival.epoch() + " cannot begin to arrive");
        }
        Map<String, @Nullable Object> columns = new HashMap<>();
        columns.put("lineage", arrival.epoch().lineage().toString());
        columns.put("epoch", arrival.epoch().number());
        columns.put("kind", arrival.kind().name());
        columns.put("instance", arrival.instance().toString());
        columns.put("project", arrival.project().value());
        columns.put("image", arrival.image().toString());
        columns.put("move", arrival.move().map(UUID::toString).orElse(null));
        columns.put("source", arrival.source());
        columns.put("nonce", arrival.nonce().toString());
        columns.put("homeKind", arrival.home().kind());
        columns.put("homeHost", arrival.home().hostId().toString());
        columns.put("claimant", arrival.claimant().toString());
        columns.put("pushed", arrival.isPushed() ? 1 : 0);
        columns.put("running", arrival.wasRunning() ? 1 : 0);
        columns.put("newAddress", arrival.hasNewAddress() ? 1 : 0);
        columns.put("frozen", arrival.frozenAt().map(Instant::toEpochMilli).orElse(null));
        columns.put("state", arrival.state().name());
        columns.put("error", arrival.error().orElse(null));
        columns.put("started", arrival.startedAt().toEpochMilli());
        columns.put("ended", arrival.endedAt().map(Instant::toEpochMilli).orElse(null));
        transaction
                .createUpdate(
                        "INSERT OR REPLACE INTO arrival (lineage, epoch, kind, instance_id, project_id, image_id, move_id,"
                                + " source, nonce, home_kind, home_host, claimant, is_pushed, was_running, new_address, frozen_at,"
                                + " state, error, started_at, ended_at) VALUES (:lineage, :epoch, :kind, :instance, :project,"
                                + " :image, :move, :source, :nonce, :homeKind, :homeHost, :claimant, :pushed, :running,"
                                + " :newAddress, :frozen, :state, :error, :started, :ended)")
                .bindMap(columns)
                .execute();
    }

    /**
     * Writes the state of {@code arrival}, and when it was frozen, over its row, in the caller's transaction.
     *
     * @throws IllegalStateException when the state in the row may not become this one; nothing is written
     */
    public void update(Handle transaction, Arrival arrival) {
        List<String> before = Stream.of(ArrivalState.values())
                .filter(state -> state.canBecome(arrival.state()))
                .map(ArrivalState::name)
                .toList();
        int rows = before.isEmpty()
                ? 0
                : transaction
                        .createUpdate(
                                "UPDATE arrival SET state = :state, kind = :kind, error = :error, ended_at = :ended,"
                                        + " frozen_at = :frozen"
                                        + " WHERE lineage = :lineage AND epoch = :epoch AND state IN (<before>)")
                        .bind("state", arrival.state().name())
                        .bind("kind", arrival.kind().name())
                        .bind("error", arrival.error().orElse(null))
                        .bind(
                                "ended",
                                arrival.endedAt().map(Instant::toEpochMilli).orElse(null))
                        .bind(
                                "frozen",
                                arrival.frozenAt().map(Instant::toEpochMilli).orElse(null))
                        .bind("lineage", arrival.epoch().lineage().toString())
                        .bind("epoch", arrival.epoch().number())
                        .bindList("before", before)
                        .execute();
        if (rows != 1) {
            throw new IllegalStateException(
                    "the arrival of " + arrival.epoch() + " is in no state that may become " + arrival.state());
        }
    }

    private static Arrival map(ResultSet row, StatementContext context) throws SQLException {
        long ended = row.getLong("ended_at");
        boolean hasEnded = !row.wasNull();
        long frozen = row.getLong("frozen_at");
        boolean isFrozenKnown = !row.wasNull();
        return new Arrival(
                new Epoch(new Lineage(UUID.fromString(row.getString("lineage"))), row.getLong("epoch")),
                ArrivalKind.valueOf(row.getString("kind")),
                new InstanceId(UUID.fromString(row.getString("instance_id"))),
                new ProjectId(row.getString("project_id")),
                new ImageId(UUID.fromString(row.getString("image_id"))),
                Optional.ofNullable(row.getString("move_id")).map(UUID::fromString),
                row.getString("source"),
                UUID.fromString(row.getString("nonce")),
                new Manifest.Home(
                        row.getString("home_kind"),
                        UUID.fromString(row.getString("home_host")),
                        row.getString("source")),
                new Claimant(UUID.fromString(row.getString("claimant"))),
                row.getInt("is_pushed") != 0,
                row.getInt("was_running") != 0,
                row.getInt("new_address") != 0,
                isFrozenKnown ? Optional.of(Instant.ofEpochMilli(frozen)) : Optional.empty(),
                ArrivalState.valueOf(row.getString("state")),
                Optional.ofNullable(row.getString("error")),
                Instant.ofEpochMilli(row.getLong("started_at")),
                hasEnded ? Optional.of(Instant.ofEpochMilli(ended)) : Optional.empty());
    }
}
