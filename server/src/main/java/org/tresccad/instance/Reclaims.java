package org.tresccad.instance;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/** What was reclaimed here, for ever, and whether those who had it before have heard so. */
public final class Reclaims {
    private final Database database;

    /** Over {@code database}. */
    public Reclaims(Database database) {
        this.database = database;
    }

    /**
     * An instance whose owner gave up the home, or the destination, of an epoch.
     *
     * @param given the epoch that was given up
     * @param nonce of that epoch's package
     * @param raised what the instance has instead
     */
    public record Reclaim(Epoch given, UUID nonce, Epoch raised, ProjectId project) {}

    /**
     * One whose home is to hear of it.
     *
     * @param home of the epoch that was given up
     */
    public record Untold(Reclaim reclaim, Manifest.Home home) {}

    /** Adds a row, in the transaction that raises the epoch; {@code home} is to hear of it if it ever answers again. */
    void insert(Handle transaction, Reclaim reclaim, Optional<Manifest.Home> home) {
        transaction
                .createUpdate("INSERT INTO reclaim (lineage, epoch, nonce, raised, project_id, home_kind, home_host,"
                        + " home_name, is_told) VALUES (:lineage, :epoch, :nonce, :raised, :project, :kind, :host,"
                        + " :name, :told)")
                .bind("lineage", reclaim.given().lineage().toString())
                .bind("epoch", reclaim.given().number())
                .bind("nonce", reclaim.nonce().toString())
                .bind("raised", reclaim.raised().number())
                .bind("project", reclaim.project().value())
                .bind("kind", home.map(Manifest.Home::kind).orElse(null))
                .bind("host", home.map(h -> h.hostId().toString()).orElse(null))
                .bind("name", home.map(Manifest.Home::name).orElse(null))
                .bind("told", home.isPresent() ? 0 : 1)
                .execute();
    }

    /** What epoch was raised to, if it was given up here. */
    public Optional<Epoch> raised(Epoch given) {
        return database.read(
                handle -> handle.createQuery("SELECT raised FROM reclaim WHERE lineage = :lineage AND epoch = :epoch")
                        .bind("lineage", given.lineage().toString())
                        .bind("epoch", given.number())
                        .mapTo(Long.class)
                        .findOne()
                        .map(number -> new Epoch(given.lineage(), number)));
    }

    /** Those whose home has not heard of it. */
    List<Untold> untold() {
        return database.read(handle -> handle.createQuery("SELECT * FROM reclaim WHERE is_told = 0")
                .map((row, context) -> {
                    Lineage lineage = new Lineage(UUID.fromString(row.getString("lineage")));
                    return new Untold(
                            new Reclaim(
                                    new Epoch(lineage, row.getLong("epoch")),
                                    UUID.fromString(row.getString("nonce")),
                                    new Epoch(lineage, row.getLong("raised")),
                                    new ProjectId(row.getString("project_id"))),
                            new Manifest.Home(
                                    row.getString("home_kind"),
                                    UUID.fromString(row.getString("home_host")),
                                    row.getString("home_name")));
                })
                .list());
    }

    /** Its home has heard of it. */
    void told(Epoch given) {
        database.execute(transaction -> transaction.execute(
                "UPDATE reclaim SET is_told = 1 WHERE lineage = ? AND epoch = ?",
                given.lineage().toString(),
                given.number()));
    }
}
