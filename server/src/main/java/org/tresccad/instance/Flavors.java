package org.tresccad.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.state.Database;

/** The flavors of this host. Everyone reads the public ones; admins change them. */
public final class Flavors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Database database;

    /** Over {@code database}. */
    public Flavors(Database database) {
        this.database = database;
    }

    /** Adds those of {@code defaults} whose id and name are free, when there is no flavor at all yet. */
    public void createDefaults(List<Flavor> defaults) {
        if (all().isEmpty()) {
            defaults.forEach(this::insert);
        }
    }

    /** The flavors the caller sees, smallest first. */
    public List<Flavor> list(Caller caller) {
        return all().stream().filter(f -> f.isPublic() || caller.isAdmin()).toList();
    }

    /**
     * One flavor.
     *
     * @throws TresccadException NOT_FOUND
     */
    public Flavor get(Caller caller, String id) {
        return list(caller).stream()
                .filter(f -> f.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Flavor " + id + " could not be found."));
    }

    /**
     * Adds a flavor.
     *
     * @throws TresccadException CONFLICT when id or name is taken, FORBIDDEN for others than admins
     */
    public Flavor create(Caller caller, Flavor flavor) {
        caller.require(Role.ADMIN);
        try {
            insert(flavor);
        } catch (UnableToExecuteStatementException e) {
            throw new TresccadException(
                    ErrorKind.CONFLICT,
                    "A flavor with id " + flavor.id() + " or name " + flavor.name() + " exists.",
                    e);
        }
        return flavor;
    }

    /** Replaces the extra specs of a flavor. */
    public void setExtraSpecs(Caller caller, String id, Map<String, String> extraSpecs) {
        caller.require(Role.ADMIN);
        get(caller, id);
        database.execute(
                transaction -> transaction.execute("UPDATE flavor SET extra = ? WHERE id = ?", write(extraSpecs), id));
    }

    /** Deletes a flavor; instances keep theirs. */
    public void delete(Caller caller, String id) {
        caller.require(Role.ADMIN);
        get(caller, id);
        database.execute(transaction -> transaction.execute("DELETE FROM flavor WHERE id = ?", id));
    }

    /** The public flavor of exactly these sizes, or failing that the one of this name. */
    public Optional<Flavor> matching(String name, int vcpus, int memoryMib, int diskGib) {
        List<Flavor> all = all();
        return all.stream()
                .filter(f -> f.isPublic() && f.vcpus() == vcpus && f.memoryMib() == memoryMib && f.diskGib() == diskGib)
                .findFirst()
                .or(() -> all.stream().filter(f -> f.name().equals(name)).findFirst());
    }

    private List<Flavor> all() {
        return database.read(handle -> handle.createQuery("SELECT * FROM flavor ORDER BY memory_mib, vcpus, id")
                .map(Flavors::map)
                .list());
    }

    private void insert(Flavor flavor) {
        database.execute(transaction -> transaction.execute(
                "INSERT INTO flavor (id, name, vcpus, memory_mib, disk_gib, is_public, extra) VALUES (?, ?, ?, ?, ?, ?, ?)",
                flavor.id(),
                flavor.name(),
                flavor.vcpus(),
                flavor.memoryMib(),
                flavor.diskGib(),
                flavor.isPublic() ? 1 : 0,
                write(flavor.extraSpecs())));
    }

    private static Flavor map(ResultSet row, StatementContext context) throws SQLException {
        return new Flavor(
                row.getString("id"),
                row.getString("name"),
                row.getInt("vcpus"),
                row.getInt("memory_mib"),
                row.getInt("disk_gib"),
                row.getInt("is_public") != 0,
                read(row.getString("extra")));
    }

    private static String write(Map<String, String> extraSpecs) {
        try {
            return JSON.writeValueAsString(extraSpecs);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> read(String text) {
        try {
            return JSON.readValue(text, new TypeReference<Map<String, String>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
