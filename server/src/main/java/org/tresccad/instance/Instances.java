package org.tresccad.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.hypervisor.SavedHardware;
import org.tresccad.identity.Caller;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.Role;
import org.tresccad.identity.UserId;
import org.tresccad.state.Database;

/** The instances of this host, in the database. A row exists exactly as long as this host answers for the instance. */
public final class Instances {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new JavaTimeModule())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final String COLUMNS = "SELECT id, lineage, epoch, project_id, user_id, name, status, task, fault,"
            + " domain, spec, metadata, hardware, is_locked, created_at, updated_at, launched_at FROM instance ";

    private final Database database;

    /** Over {@code database}. */
    public Instances(Database database) {
        this.database = database;
    }

    /** All instances the caller's project has, newest first; an admin may ask for every project's. */
    public List<Instance> list(Caller caller, boolean ofAllProjects) {
        if (ofAllProjects) {
            caller.require(Role.ADMIN);
            return all();
        }
        return database.read(handle -> handle.createQuery(COLUMNS + "WHERE project_id = :project ORDER BY number DESC")
                .bind("project", caller.projectId().value())
                .map(Instances::map)
                .list());
    }

    /** Every instance of the host, newest first. */
    public List<Instance> all() {
        return database.read(handle -> handle.createQuery(COLUMNS + "ORDER BY number DESC")
                .map(Instances::map)
                .list());
    }

    /**
     * One instance the caller may see.
     *
     * @throws TresccadException NOT_FOUND
     */
    public Instance get(Caller caller, InstanceId id) {
        return find(id).filter(i -> caller.sees(i.project())).orElseThrow(() -> missing(id));
    }

    /** One instance, if the host has it. */
    public Optional<Instance> find(InstanceId id) {
        return database.read(handle -> find(handle, id));
    }

    /** As {@link #find(InstanceId)}, in the caller's transaction. */
    public Optional<Instance> find(Handle handle, InstanceId id) {
        return handle.createQuery(COLUMNS + "WHERE id = :id")
                .bind("id", id.toString())
                .map(Instances::map)
                .findOne();
    }

    /** The instance of a lineage, if the host has it. */
    public Optional<Instance> find(Lineage lineage) {
        return database.read(handle -> find(handle, lineage));
    }

    /** As {@link #find(Lineage)}, in the caller's transaction. */
    public Optional<Instance> find(Handle handle, Lineage lineage) {
        return handle.createQuery(COLUMNS + "WHERE lineage = :lineage")
                .bind("lineage", lineage.toString())
                .map(Instances::map)
                .findOne();
    }

    /** Adds a row, in the caller's transaction. */
    public void insert(Handle transaction, Instance instance) {
        transaction
                .createUpdate("INSERT INTO instance (id, lineage, epoch, project_id, user_id, name, status, task,"
                        + " fault, domain, spec, metadata, hardware, is_locked, created_at, updated_at, launched_at)"
                        + " VALUES (:id, :lineage, :epoch, :project, :user, :name, :status, :task, :fault, :domain,"
                        + " :spec, :metadata, :hardware, :locked, :created, :updated, :launched)")
                .bindMap(columns(instance))
                .execute();
    }

    /** Writes {@code instance} over its row, in the caller's transaction. */
    public void update(Handle transaction, Instance instance) {
        int rows = transaction
                .createUpdate("UPDATE instance SET epoch = :epoch, name = :name, status = :status, task = :task,"
                        + " fault = :fault, domain = :domain, spec = :spec, metadata = :metadata,"
                        + " hardware = :hardware, is_locked = :locked, updated_at = :updated,"
                        + " launched_at = :launched WHERE id = :id")
                .bindMap(columns(instance))
                .execute();
        if (rows != 1) {
            throw missing(instance.id());
        }
    }

    /** Reads the row, changes it and writes it, in one transaction. */
    public Instance change(InstanceId id, UnaryOperator<Instance> edit) {
        return database.transaction(transaction -> {
            Instance changed = edit.apply(find(transaction, id).orElseThrow(() -> missing(id)));
            update(transaction, changed);
            return changed;
        });
    }

    /** Removes the row, in the caller's transaction. */
    public void remove(Handle transaction, InstanceId id) {
        transaction.execute("DELETE FROM instance WHERE id = ?", id.toString());
    }

    /** The error for an id that is not here. */
    public static TresccadException missing(InstanceId id) {
        return new TresccadException(ErrorKind.NOT_FOUND, "Instance " + id + " could not be found.");
    }

    private static Map<String, @Nullable Object> columns(Instance i) {
        Map<String, @Nullable Object> columns = new HashMap<>();
        columns.put("id", i.id().toString());
        columns.put("lineage", i.epoch().lineage().toString());
        columns.put("epoch", i.epoch().number());
        columns.put("project", i.project().value());
        columns.put("user", i.user().value());
        columns.put("name", i.name());
        columns.put("status", i.status().name());
        columns.put("task", i.task().map(Enum::name).orElse(null));
        columns.put("fault", i.fault().map(Instances::write).orElse(null));
        columns.put("domain", i.domainId().toString());
        columns.put("spec", write(i.spec()));
        columns.put("metadata", write(i.metadata()));
        columns.put("hardware", i.hardware().map(Instances::write).orElse(null));
        columns.put("locked", i.isLocked() ? 1 : 0);
        columns.put("created", i.createdAt().toEpochMilli());
        columns.put("updated", i.updatedAt().toEpochMilli());
        columns.put("launched", i.launchedAt().map(Instant::toEpochMilli).orElse(null));
        return columns;
    }

    private static Instance map(ResultSet row, StatementContext context) throws SQLException {
        long launched = row.getLong("launched_at");
        boolean hasLaunched = !row.wasNull();
        return new Instance(
                new InstanceId(UUID.fromString(row.getString("id"))),
                new Epoch(new Lineage(UUID.fromString(row.getString("lineage"))), row.getLong("epoch")),
                new ProjectId(row.getString("project_id")),
                new UserId(row.getString("user_id")),
                row.getString("name"),
                read(row.getString("metadata"), new TypeReference<Map<String, String>>() {}),
                read(row.getString("spec"), new TypeReference<InstanceSpec>() {}),
                UUID.fromString(row.getString("domain")),
                InstanceStatus.valueOf(row.getString("status")),
                Optional.ofNullable(row.getString("task")).map(TaskState::valueOf),
                Optional.ofNullable(row.getString("fault")).map(text -> read(text, new TypeReference<Fault>() {})),
                Optional.ofNullable(row.getString("hardware"))
                        .map(text -> read(text, new TypeReference<SavedHardware>() {})),
                row.getInt("is_locked") != 0,
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("updated_at")),
                hasLaunched ? Optional.of(Instant.ofEpochMilli(launched)) : Optional.empty());
    }

    private static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T read(String text, TypeReference<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row of the database cannot be read", e);
        }
    }
}
