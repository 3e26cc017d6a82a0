package org.tresccad.instance;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.Reference;

/** What the host that an instance came from may have kept of it, by the names of its package's members. */
public final class KeptElsewhere {
    private final Database database;

    /** Over {@code database}. */
    public KeptElsewhere(Database database) {
        this.database = database;
    }

    /**
     * One member.
     *
     * @param number of the reference in the instance's file of known blocks
     */
    public record Origin(int number, Reference.Kept reference) {}

    /** What is known of an instance. */
    public List<Origin> find(InstanceId instance) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM kept_elsewhere WHERE instance_id = :instance ORDER BY number")
                .bind("instance", instance.toString())
                .map((row, context) -> new Origin(
                        row.getInt("number"),
                        new Reference.Kept(
                                UUID.fromString(row.getString("lineage")),
                                row.getLong("epoch"),
                                Member.valueOf(row.getString("member")),
                                row.getString("tree_sha256"),
                                row.getLong("size_bytes"))))
                .list());
    }

    /** Notes it, with the instance's arrival; it goes with the instance. */
    void insert(Handle transaction, InstanceId instance, List<Origin> origins) {
        for (Origin origin : origins) {
            transaction
                    .createUpdate("INSERT INTO kept_elsewhere"
                            + " (instance_id, number, lineage, epoch, member, tree_sha256, size_bytes)"
                            + " VALUES (:instance, :number, :lineage, :epoch, :member, :tree, :size)")
                    .bind("instance", instance.toString())
                    .bind("number", origin.number())
                    .bind("lineage", origin.reference().lineage().toString())
                    .bind("epoch", origin.reference().epoch())
                    .bind("member", origin.reference().member().name())
                    .bind("tree", origin.reference().treeSha256())
                    .bind("size", origin.reference().sizeBytes())
                    .execute();
        }
    }
}
