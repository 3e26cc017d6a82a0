package org.tresccad.metadata;

import java.util.Optional;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.InstanceId;
import org.tresccad.state.Database;

/**
 * The password a guest made up for its owner, encrypted to the owner's key by the guest (cloudbase-init does so). It is
 * written once and goes with the instance's row; it does not travel.
 */
public final class GuestPasswords {
    /** Nova's limit, in characters. */
    public static final int LONGEST = 1024;

    private final Database database;

    /** Over {@code database}. */
    public GuestPasswords(Database database) {
        this.database = database;
    }

    /** What the guest left. */
    public Optional<String> find(InstanceId instance) {
        return database.read(
                handle -> handle.createQuery("SELECT password FROM guest_password WHERE instance_id = :instance")
                        .bind("instance", instance.toString())
                        .mapTo(String.class)
                        .findOne());
    }

    /**
     * Keeps {@code password}.
     *
     * @throws TresccadException CONFLICT when there is one already, BAD_REQUEST when it is empty or too long
     */
    public void leave(InstanceId instance, String password) {
        if (password.isEmpty() || password.length() > LONGEST) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "A password has 1 to " + LONGEST + " characters, encrypted.");
        }
        boolean isFirst = database.transaction(transaction -> transaction.execute(
                        "INSERT INTO guest_password (instance_id, password) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        instance.toString(),
                        password)
                == 1);
        if (!isFirst) {
            throw new TresccadException(ErrorKind.CONFLICT, "A password was left already; it stays.");
        }
    }
}
