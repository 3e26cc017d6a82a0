package org.tresccad.instance;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.UserId;
import org.tresccad.state.Database;

/** The users' public keys. */
public final class KeyPairs {
    private final Database database;

    /** Over {@code database}. */
    public KeyPairs(Database database) {
        this.database = database;
    }

    /** The user's keys by name. */
    public List<KeyPair> list(UserId user) {
        return database.read(handle -> handle.createQuery("SELECT * FROM keypair WHERE user_id = :user ORDER BY name")
                .bind("user", user.value())
                .map(KeyPairs::map)
                .list());
    }

    /** One of the user's keys, if there is one of that name. */
    public Optional<KeyPair> find(UserId user, String name) {
        return list(user).stream().filter(key -> key.name().equals(name)).findFirst();
    }

    /**
     * Adds a key, unless the user has {@code most} already.
     *
     * @throws TresccadException CONFLICT when the name is taken, QUOTA_EXCEEDED
     */
    public void add(UserId user, KeyPair key, int most) {
        if (list(user).size() >= most) {
            throw new TresccadException(ErrorKind.QUOTA_EXCEEDED, "Quota exceeded, too many key pairs.");
        }
        try {
            database.execute(transaction -> transaction.execute(
                    "INSERT INTO keypair (user_id, name, public_key, fingerprint, created_at) VALUES (?, ?, ?, ?, ?)",
                    user.value(),
                    key.name(),
                    key.publicKey(),
                    key.fingerprint(),
                    key.createdAt().toEpochMilli()));
        } catch (UnableToExecuteStatementException e) {
            throw new TresccadException(ErrorKind.CONFLICT, "Key pair '" + key.name() + "' already exists.", e);
        }
    }

    /** Deletes a key; answers whether there was one. */
    public boolean delete(UserId user, String name) {
        return database.transaction(transaction ->
                transaction.execute("DELETE FROM keypair WHERE user_id = ? AND name = ?", user.value(), name) == 1);
    }

    private static KeyPair map(ResultSet row, StatementContext context) throws SQLException {
        return new KeyPair(
                row.getString("name"),
                row.getString("public_key"),
                row.getString("fingerprint"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }
}
