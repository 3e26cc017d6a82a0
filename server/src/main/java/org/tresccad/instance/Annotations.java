package org.tresccad.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.tresccad.identity.Caller;
import org.tresccad.identity.Role;
import org.tresccad.state.Database;

/** The annotations of this host's instances. A row exists at most as long as its instance does. */
public final class Annotations {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Database database;
    private final Instances instances;

    /** Over {@code database}. */
    public Annotations(Database database, Instances instances) {
        this.database = database;
        this.instances = instances;
    }

    /** What is noted about an instance. */
    public Annotation of(InstanceId id) {
        return database.read(handle -> find(handle, id));
    }

    /** Everything that is noted, by instance; those of which nothing is noted are not in it. */
    public Map<InstanceId, Annotation> all() {
        Map<InstanceId, Annotation> all = new HashMap<>();
        database.read(handle -> handle.createQuery("SELECT instance_id, annotation FROM instance_annotation")
                        .map((row, context) -> Map.entry(
                                new InstanceId(UUID.fromString(row.getString("instance_id"))),
                                read(row.getString("annotation"))))
                        .list())
                .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return all;
    }

    /** Writes what a new instance comes with. Nothing happens when it is gone already. */
    public void note(InstanceId id, Annotation annotation) {
        if (!annotation.equals(Annotation.NONE)) {
            database.execute(transaction -> write(transaction, id, annotation));
        }
    }

    /**
     * Changes what is noted about an instance of the caller's.
     *
     * @throws org.tresccad.error.TresccadException NOT_FOUND, FORBIDDEN
     */
    public Annotation change(Caller caller, InstanceId id, UnaryOperator<Annotation> change) {
        instances.get(caller, id);
        caller.require(Role.MEMBER);
        return database.transaction(transaction -> {
            Annotation changed = change.apply(find(transaction, id));
            write(transaction, id, changed);
            return changed;
        });
    }

    private static Annotation find(Handle handle, InstanceId id) {
        return handle.createQuery("SELECT annotation FROM instance_annotation WHERE instance_id = :id")
                .bind("id", id.toString())
                .map((row, context) -> read(row.getString("annotation")))
                .findOne()
                .orElse(Annotation.NONE);
    }

    private static void write(Handle transaction, InstanceId id, Annotation annotation) {
        transaction
                .createUpdate("INSERT INTO instance_annotation (instance_id, annotation)"
                        + " SELECT id, :annotation FROM instance WHERE id = :id"
                        + " ON CONFLICT (instance_id) DO UPDATE SET annotation = excluded.annotation")
                .bind("id", id.toString())
                .bind("annotation", text(annotation))
                .execute();
    }

    private static String text(Annotation annotation) {
        try {
            return JSON.writeValueAsString(annotation);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Annotation read(String text) {
        try {
            return JSON.readValue(text, Annotation.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an annotation in the database cannot be read", e);
        }
    }
}
