package org.tresccad.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ContentMissing;
import org.tresccad.image.Contents;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageSummary;
import org.tresccad.vmpackage.Reference;

/**
 * Memory and disk of guests that have left, as they were sent, and the content they stood on, so that a guest that comes
 * back brings only what has changed. One visit of a lineage at most, the oldest go first when together they take more than their budget, and none
 * is ever run: it is read as the reference of a package, whose digests say whether it fits.
 */
public final class Residues {
    private static final Logger LOG = LoggerFactory.getLogger(Residues.class);

    private static final String HOLDER = "kept:";

    private final Database database;
    private final Contents contents;
    private final Path root;
    private final long budgetBytes;
    private final Clock clock;

    /** Directories below {@code root}; together at most {@code budgetBytes} on disk, 0 keeps nothing. */
    public Residues(Database database, Contents contents, Path root, long budgetBytes, Clock clock) {
        this.database = database;
        this.contents = contents;
        this.root = root;
        this.budgetBytes = budgetBytes;
        this.clock = clock;
    }

    /**
     * Holds the content that a guest stands on which is about to leave, until {@link #keep}; what was kept of its lineage
     * before is kept no longer.
     */
    void expect(Handle transaction, Instance leaving) {
        Lineage lineage = leaving.epoch().lineage();
        forget(transaction, lineage);
        try {
            for (ContentDigest digest : contentOf(leaving)) {
                contents.hold(transaction, digest, HOLDER + lineage);
            }
        } catch (ContentMissing e) {
            // Keeping will fail likewise, and says so; a guest leaves all the same.
            LOG.debug("a guest that leaves stands on content that is not here", e);
        }
    }

    /**
     * Takes over the files of a guest that has left, and whose domain is gone; whatever was kept of its lineage before
     * goes. What cannot be kept is left where it is. Contents are swept by the caller, afterwards.
     *
     * @param sent what its package held
     */
    public void keep(Instance left, Epoch epoch, PackageSummary sent, Map<Member, Path> members) {
        // Not through forget: the content is held, perhaps by nobody but this.
        delete(directory(epoch.lineage()));
        try {
            long bytes = 0;
            for (Path file : members.values()) {
                bytes += diskBytes(file);
            }
            if (bytes > budgetBytes) {
                LOG.info("{} bytes of {} are more than is kept of guests that left", bytes, left.id());
                forget(epoch.lineage());
                return;
            }
            makeRoom(budgetBytes - bytes);
            Path directory = directory(epoch.lineage());
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            for (Map.Entry<Member, Path> member : members.entrySet()) {
                Files.move(member.getValue(), directory.resolve(member.getKey().fileName()));
            }
            insert(left, epoch, sent, members.keySet());
        } catch (IOException | ContentMissing e) {
            LOG.warn("nothing is kept of {}, which has left", left.id(), e);
            drop(epoch.lineage());
        }
    }

    /** Where that content is, if this host kept it of a guest of {@code project}. */
    public Optional<Path> find(ProjectId project, Reference.Kept wanted) {
        Lineage lineage = new Lineage(wanted.lineage());
        return rows().stream()
                .filter(row -> row.project().equals(project) && row.reference().equals(wanted))
                .map(row -> directory(lineage).resolve(wanted.member().fileName()))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Whether that content is kept because a guest of {@code project} stood on it. */
    public boolean holds(ProjectId project, ContentDigest digest) {
        return database.read(handle -> handle.createQuery("SELECT count(*) FROM content_hold JOIN residue"
                                + " ON content_hold.holder = :kept || residue.lineage"
                                + " WHERE content_hold.sha512 = :digest AND residue.project = :project")
                        .bind("kept", HOLDER)
                        .bind("digest", digest.sha512())
                        .bind("project", project.toString())
                        .mapTo(Integer.class)
                        .one()
                > 0);
    }

    /** Keeps nothing more of a lineage. */
    public void drop(Lineage lineage) {
        forget(lineage);
        contents.sweep();
    }

    /** As {@link #drop}, but for the contents that nothing holds any more: they may be those of a guest just leaving. */
    private void forget(Lineage lineage) {
        database.execute(transaction -> forget(transaction, lineage));
        delete(directory(lineage));
    }

    private void forget(Handle transaction, Lineage lineage) {
        deleteRows(transaction, lineage);
        contents.releaseAll(transaction, HOLDER + lineage);
    }

    private static void deleteRows(Handle transaction, Lineage lineage) {
        transaction.execute("DELETE FROM residue WHERE lineage = ?", lineage.toString());
    }

    /** At the start: removes what a crash left between files and rows. */
    public void reconcile() {
        Set<String> known = rows().stream()
                .map(row -> row.reference().lineage().toString())
                .collect(Collectors.toUnmodifiableSet());
        for (String holder : holders()) {
            if (!known.contains(holder.substring(HOLDER.length()))) {
                database.execute(transaction -> contents.releaseAll(transaction, holder));
            }
        }
        for (Path directory : directories()) {
            if (!known.contains(String.valueOf(directory.getFileName()))) {
                delete(directory);
            }
        }
    }

    private List<String> holders() {
        return database.read(
                handle -> handle.createQuery("SELECT DISTINCT holder FROM content_hold WHERE holder LIKE :kept || '%'")
                        .bind("kept", HOLDER)
                        .mapTo(String.class)
                        .list());
    }

    private void makeRoom(long most) throws IOException {
        List<Row> oldestFirst =
                rows().stream().sorted(Comparator.comparing(Row::keptAt)).toList();
        for (Row row : oldestFirst) {
            if (diskBytes(root) <= most) {
                return;
            }
            forget(new Lineage(row.reference().lineage()));
        }
    }

    private void insert(Instance left, Epoch epoch, PackageSummary sent, Set<Member> members) {
        database.execute(transaction -> {
            deleteRows(transaction, epoch.lineage());
            for (ContentDigest digest : contentOf(left)) {
                contents.hold(transaction, digest, HOLDER + epoch.lineage());
            }
            for (Member member : members) {
                PackageSummary.Content content = sent.members().get(member);
                if (content == null) {
                    throw new IllegalArgumentException("the package has no " + member);
                }
                transaction
                        .createUpdate("INSERT INTO residue"
                                + " (lineage, member, epoch, project, tree_sha256, size_bytes, kept_at)"
                                + " VALUES (:lineage, :member, :epoch, :project, :tree, :size, :at)")
                        .bind("lineage", epoch.lineage().toString())
                        .bind("member", member.name())
                        .bind("epoch", epoch.number())
                        .bind("project", left.project().toString())
                        .bind("tree", content.treeSha256())
                        .bind("size", content.sizeBytes())
                        .bind("at", clock.instant().toString())
                        .execute();
            }
        });
    }

    private static List<ContentDigest> contentOf(Instance left) {
        List<ContentDigest> digests = new ArrayList<>();
        digests.add(left.spec().base());
        left.spec().boot().ifPresent(boot -> {
            digests.add(boot.kernel());
            boot.ramdisk().ifPresent(digests::add);
        });
        return digests;
    }

    private List<Row> rows() {
        return database.read(handle -> handle.createQuery("SELECT * FROM residue")
                .map((row, context) -> new Row(
                        new Reference.Kept(
                                UUID.fromString(row.getString("lineage")),
                                row.getLong("epoch"),
                                Member.valueOf(row.getString("member")),
                                row.getString("tree_sha256"),
                                row.getLong("size_bytes")),
                        new ProjectId(row.getString("project")),
                        Instant.parse(row.getString("kept_at"))))
                .list());
    }

    private Path directory(Lineage lineage) {
        return root.resolve(lineage.toString());
    }

    private List<Path> directories() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(root)) {
            return all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        InstanceFiles.deleteTree(directory);
    }

    /** What a file, or all files of a directory, have at most on the disk. */
    private static long diskBytes(Path path) throws IOException {
        if (!Files.exists(path)) {
            return 0;
        }
        long bytes = 0;
        try (Stream<Path> all = Files.walk(path)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private record Row(Reference.Kept reference, ProjectId project, Instant keptAt) {}
}
