package org.tresccad.migration;

import java.util.Optional;
import java.util.UUID;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/** The part of the journal that says which moves are decided elsewhere, and where. */
final class MoveHomes {
    private final Database database;

    MoveHomes(Database database) {
        this.database = database;
    }

    /** Journals it, before the freeze; once and for ever. */
    void insert(MoveId move, Manifest.Home home) {
        database.execute(transaction -> transaction.execute(
                "INSERT INTO move_home (move_id, kind, home_id, name) VALUES (?, ?, ?, ?)",
                move.toString(),
                home.kind(),
                home.hostId().toString(),
                home.name()));
    }

    /** The home of a move's epoch; empty when it is this host. */
    Optional<Manifest.Home> find(MoveId move) {
        return database.read(handle -> handle.createQuery(
                        "SELECT kind, home_id, name FROM move_home WHERE move_id = :move")
                .bind("move", move.toString())
                .map((row, context) -> new Manifest.Home(
                        row.getString("kind"), UUID.fromString(row.getString("home_id")), row.getString("name")))
                .findOne());
    }
}
