package org.tresccad.instance;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.tresccad.handover.Epoch;
import org.tresccad.instance.GuestEvent.Departure;
import org.tresccad.instance.GuestEvent.Kind;
import org.tresccad.state.Database;

/**
 * The events of the guests of this host, durable, for as long as the instance is here. What came with the guest is not
 * among them: {@link Arrivals} has that.
 *
 * <p>Numbers grow with the epoch, which at most one host runs, so those of one guest grow over all hosts: an epoch's
 * begin at {@link #first}.
 */
public final class GuestEvents {
    private static final long PER_EPOCH = 1_000_000;
    /** Of one instance; older ones are of no use to anybody. */
    private static final int MOST_KEPT = 100;

    private final Database database;
    private final Instances instances;
    private final Clock clock;

    /** Over {@code database}. */
    public GuestEvents(Database database, Instances instances, Clock clock) {
        this.database = database;
        this.instances = instances;
        this.clock = clock;
    }

    /** The number that every event of a guest which runs at {@code epoch} is higher than. */
    public static long first(Epoch epoch) {
        return epoch.number() * PER_EPOCH;
    }

    /** The events of an instance, oldest first. */
    public List<GuestEvent> of(InstanceId id) {
        return database.read(
                handle -> handle.createQuery("SELECT * FROM guest_event WHERE instance_id = :id ORDER BY number")
                        .bind("id", id.toString())
                        .map(GuestEvents::map)
                        .list());
    }

    /** The guest is about to be frozen. */
    GuestEvent prepare(InstanceId id, Departure departure) {
        return database.transaction(
                transaction -> add(transaction, id, Kind.PREPARE, Optional.of(departure), Optional.empty()));
    }

    /** Its CPUs are about to be stopped. */
    void frozen(InstanceId id) {
        database.execute(transaction -> add(transaction, id, Kind.FROZEN, Optional.empty(), Optional.empty()));
    }

    /** Ends what the newest event began: its CPUs run, or will not be stopped. Whether there was something to end. */
    boolean end(InstanceId id) {
        Optional<GuestEvent> open = newest(database.read(handle -> find(handle, id)));
        if (open.isEmpty()) {
            return false;
        }
        return database.transaction(transaction -> {
            Optional<GuestEvent> newest = newest(find(transaction, id));
            newest.ifPresent(event -> {
                boolean stoodStill = event.kind() == Kind.FROZEN;
                add(
                        transaction,
                        id,
                        stoodStill ? Kind.THAWED : Kind.CANCELLED,
                        Optional.empty(),
                        stoodStill ? Optional.of(Thaw.gap(event.at(), clock.instant())) : Optional.empty());
            });
            return newest.isPresent();
        });
    }

    /** The memory of a frozen guest is gone, and with it whoever could be told. */
    void forgetFreeze(InstanceId id) {
        if (newest(database.read(handle -> find(handle, id))).isEmpty()) {
            return;
        }
        database.execute(transaction -> newest(find(transaction, id))
                .ifPresent(event -> transaction.execute(
                        "DELETE FROM guest_event WHERE instance_id = ? AND number = ?",
                        id.toString(),
                        event.number())));
    }

    /** The last event, if it is one that another has to follow. */
    private static Optional<GuestEvent> newest(Optional<GuestEvent> last) {
        return last.filter(event -> event.kind() == Kind.FROZEN || event.kind() == Kind.PREPARE);
    }

    private static Optional<GuestEvent> find(Handle handle, InstanceId id) {
        return handle.createQuery("SELECT * FROM guest_event WHERE instance_id = :id ORDER BY number DESC LIMIT 1")
                .bind("id", id.toString())
                .map(GuestEvents::map)
                .findOne();
    }

    private GuestEvent add(
            Handle transaction, InstanceId id, Kind kind, Optional<Departure> departure, Optional<Duration> gap) {
        Epoch epoch = instances
                .find(transaction, id)
                .orElseThrow(() -> Instances.missing(id))
                .epoch();
        long last = find(transaction, id).map(GuestEvent::number).orElse(0L);
        GuestEvent event = new GuestEvent(
                Math.max(first(epoch), last) + 1, kind, clock.instant(), departure, gap, Optional.empty());
        Map<String, @Nullable Object> columns = new HashMap<>();
        columns.put("id", id.toString());
        columns.put("number", event.number());
        columns.put("kind", kind.name());
        columns.put("at", event.at().toEpochMilli());
        columns.put("cause", departure.map(d -> d.cause().name()).orElse(null));
        columns.put("destination", departure.flatMap(Departure::destination).orElse(null));
        columns.put("deadline", departure.map(d -> d.deadline().toEpochMilli()).orElse(null));
        columns.put("gap", gap.map(Duration::toMillis).orElse(null));
        transaction
                .createUpdate("INSERT INTO guest_event (instance_id, number, kind, at, cause, destination, deadline,"
                        + " gap_ms) VALUES (:id, :number, :kind, :at, :cause, :destination, :deadline, :gap)")
                .bindMap(columns)
                .execute();
        transaction.execute(
                "DELETE FROM guest_event WHERE instance_id = ? AND number <= (SELECT number FROM guest_event"
                        + " WHERE instance_id = ? ORDER BY number DESC LIMIT 1 OFFSET " + MOST_KEPT + ")",
                id.toString(),
                id.toString());
        return event;
    }

    private static GuestEvent map(ResultSet row, StatementContext context) throws SQLException {
        long gap = row.getLong("gap_ms");
        boolean hasGap = !row.wasNull();
        Instant deadline = Instant.ofEpochMilli(row.getLong("deadline"));
        Optional<String> destination = Optional.ofNullable(row.getString("destination"));
        return new GuestEvent(
                row.getLong("number"),
                Kind.valueOf(row.getString("kind")),
                Instant.ofEpochMilli(row.getLong("at")),
                Optional.ofNullable(row.getString("cause"))
                        .map(cause -> new Departure(GuestEvent.Cause.valueOf(cause), destination, deadline)),
                hasGap ? Optional.of(Duration.ofMillis(gap)) : Optional.empty(),
                Optional.empty());
    }
}
