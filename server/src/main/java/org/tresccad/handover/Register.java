package org.tresccad.handover;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.ProjectId;

/**
 * The register of the epochs whose home is this host: a row per epoch, decided at most once, and kept for ever, past the
 * deletion of instance and package.
 */
public final class Register {
    /**
     * Opens an epoch, in the transaction that makes the source give up running on its own decision.
     *
     * @param nonce known only to those who have the package
     * @param owner whose tokens may claim
     */
    public void open(Handle transaction, Epoch epoch, UUID nonce, ProjectId owner) {
        transaction.execute(
                "INSERT INTO handover (lineage, epoch, nonce, project_id, verdict) VALUES (?, ?, ?, ?, 'open')",
                epoch.lineage().toString(),
                epoch.number(),
                nonce.toString(),
                owner.value());
    }

    /**
     * Writes {@code wanted} unless a verdict is there already, and answers the verdict that stands.
     *
     * @throws TresccadException NOT_FOUND when this host is not the home of the epoch
     */
    public Verdict decide(Handle transaction, Epoch epoch, Verdict wanted) {
        if (wanted instanceof Verdict.Claimed claimed) {
            write(transaction, epoch, "claimed", claimed.by().toString());
        } else {
            write(transaction, epoch, "withdrawn", null);
        }
        return find(transaction, epoch)
                .flatMap(Entry::verdict)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "This host is not the home of epoch " + epoch + "."));
    }

    /** The entry of an epoch, if its home is here. */
    public Optional<Entry> find(Handle handle, Epoch epoch) {
        return handle.createQuery("SELECT nonce, project_id, verdict, claimant FROM handover"
                        + " WHERE lineage = :lineage AND epoch = :epoch")
                .bind("lineage", epoch.lineage().toString())
                .bind("epoch", epoch.number())
                .map((row, context) -> new Entry(
                        UUID.fromString(row.getString("nonce")),
                        new ProjectId(row.getString("project_id")),
                        verdict(row.getString("verdict"), row.getString("claimant"))))
                .findOne();
    }

    /** Remembers that {@code epoch} was decided somewhere, so that nothing older ever runs here. */
    public void remember(Handle transaction, Epoch epoch) {
        transaction.execute(
                "INSERT INTO lineage (lineage, highest_epoch) VALUES (?, ?)"
                        + " ON CONFLICT (lineage) DO UPDATE SET highest_epoch = max(highest_epoch, excluded.highest_epoch)",
                epoch.lineage().toString(),
                epoch.number());
    }

    /** The highest epoch of the lineage this host knows to be decided. */
    public Optional<Long> highest(Handle handle, Lineage lineage) {
        return handle.createQuery("SELECT highest_epoch FROM lineage WHERE lineage = :lineage")
                .bind("lineage", lineage.toString())
                .mapTo(Long.class)
                .findOne();
    }

    /** Whether an epoch of the lineage was opened here for another project than {@code project}. */
    public boolean isOfAnother(Handle handle, Lineage lineage, ProjectId project) {
        return handle.createQuery("SELECT count(*) FROM handover WHERE lineage = :lineage AND project_id <> :project")
                        .bind("lineage", lineage.toString())
                        .bind("project", project.value())
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    /** The newest epochs of a lineage whose home is here, newest first, {@code most} at most; with their nonces. */
    public List<Handed> newest(Handle handle, Lineage lineage, int most) {
        return handle.createQuery("SELECT epoch, nonce FROM handover WHERE lineage = :lineage"
                        + " ORDER BY epoch DESC LIMIT :most")
                .bind("lineage", lineage.toString())
                .bind("most", most)
                .map((row, context) ->
                        new Handed(new Epoch(lineage, row.getLong("epoch")), UUID.fromString(row.getString("nonce"))))
                .list();
    }

    private void write(Handle transaction, Epoch epoch, String verdict, @Nullable String by) {
        int written = transaction.execute(
                "UPDATE handover SET verdict = ?, claimant = ? WHERE lineage = ? AND epoch = ? AND verdict = 'open'",
                verdict,
                by,
                epoch.lineage().toString(),
                epoch.number());
        if (written == 1) {
            remember(transaction, epoch);
        }
    }

    private static Optional<Verdict> verdict(String word, @Nullable String claimant) {
        return switch (word) {
            case "open" -> Optional.empty();
            case "withdrawn" -> Optional.of(new Verdict.Withdrawn());
            case "claimed" ->
                Optional.of(new Verdict.Claimed(new Claimant(UUID.fromString(Objects.requireNonNull(claimant)))));
            default -> throw new IllegalStateException("unknown verdict " + word);
        };
    }

    /** An epoch, and what those know who had its package. */
    public record Handed(Epoch epoch, UUID nonce) {}

    /**
     * What the register holds of an epoch.
     *
     * @param verdict empty while undecided
     */
    public record Entry(UUID nonce, ProjectId owner, Optional<Verdict> verdict) {}
}
