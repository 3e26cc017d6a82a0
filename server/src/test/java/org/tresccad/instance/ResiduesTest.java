package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.handover.Epoch;
import org.tresccad.identity.ProjectId;
import org.tresccad.image.ContentStore;
import org.tresccad.image.ImageLimits;
import org.tresccad.image.StoredContent;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageSummary;
import org.tresccad.vmpackage.Reference;

/** What is kept of guests that have left. */
class ResiduesTest {
    private static final int BYTES = 1000;
    private static final String TREE = "ab".repeat(32);

    @TempDir
    private Path directory;

    private TestingHost host;
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @BeforeEach
    void start() {
        host = new TestingHost(directory);
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void whatWasKeptIsFoundByItsNameAndOnlyByItsProject() {
        Residues residues = residues(10 * BYTES);
        Instance guest = host.boot("one");
        residues.keep(guest, guest.epoch().next(), summary(), files("a"));
        assertThat(residues.find(guest.project(), kept(guest, TREE)).map(ResiduesTest::content))
                .contains("a".repeat(BYTES));
        assertThat(residues.find(guest.project(), kept(guest, "cd".repeat(32)))).isEmpty();
        assertThat(residues.find(new ProjectId("f".repeat(32)), kept(guest, TREE)))
                .isEmpty();
    }

    @Test
    void theOldestGoFirstAndWhatIsTooLargeIsNotKept() {
        Residues residues = residues(3 * BYTES);
        Instance one = host.boot("one");
        Instance two = host.boot("two");
        residues.keep(one, one.epoch().next(), summary(), files("a"));
        now = now.plus(Duration.ofMinutes(1));
        residues.keep(two, two.epoch().next(), summary(), files("b"));
        assertThat(residues.find(one.project(), kept(one, TREE))).isEmpty();
        assertThat(residues.find(two.project(), kept(two, TREE))).isPresent();

        Map<Member, Path> tooLarge = files("c");
        residues(BYTES).keep(one, one.epoch().next(), summary(), tooLarge);
        assertThat(tooLarge.values()).allMatch(Files::exists);
    }

    @Test
    void whatTheGuestAloneStoodOnIsKeptWithIt() throws IOException {
        ContentStore store = new ContentStore(directory, host.database, ImageLimits.DEFAULT);
        Instance guest = host.boot("one");
        StoredContent base = host.contents.find(guest.spec().base()).orElseThrow();
        store.add(Files.copy(base.path(), directory.resolve("base")), base.format(), guest.holder());
        Residues residues =
                new Residues(host.database, store, directory.resolve("residues"), 10 * BYTES, Clock.systemUTC());

        host.database.execute(transaction -> store.releaseAll(transaction, guest.holder()));
        residues.keep(guest, guest.epoch().next(), summary(), files("a"));
        store.sweep();

        assertThat(residues.find(guest.project(), kept(guest, TREE))).isPresent();
        assertThat(store.find(base.digest())).isPresent();
    }

    @Test
    void whatALeavingGuestStoodOnIsNotSweptAwayByOthersBeforeItIsKept() throws IOException {
        ContentStore store = new ContentStore(directory, host.database, ImageLimits.DEFAULT);
        Instance guest = host.boot("one");
        StoredContent base = host.contents.find(guest.spec().base()).orElseThrow();
        store.add(Files.copy(base.path(), directory.resolve("base")), base.format(), guest.holder());
        Residues residues =
                new Residues(host.database, store, directory.resolve("residues"), 10 * BYTES, Clock.systemUTC());

        host.database.execute(transaction -> {
            residues.expect(transaction, guest);
            store.releaseAll(transaction, guest.holder());
        });
        store.sweep();
        assertThat(store.find(base.digest())).isPresent();
        residues.keep(guest, guest.epoch().next(), summary(), files("a"));
        store.sweep();
        assertThat(store.find(base.digest())).isPresent();
    }

    @Test
    void aCrashBeforeItWasKeptLeavesNoHold() throws IOException {
        ContentStore store = new ContentStore(directory, host.database, ImageLimits.DEFAULT);
        Instance guest = host.boot("one");
        StoredContent base = host.contents.find(guest.spec().base()).orElseThrow();
        store.add(Files.copy(base.path(), directory.resolve("base")), base.format(), guest.holder());
        Residues residues =
                new Residues(host.database, store, directory.resolve("residues"), 10 * BYTES, Clock.systemUTC());
        host.database.execute(transaction -> {
            residues.expect(transaction, guest);
            store.releaseAll(transaction, guest.holder());
        });
        residues.reconcile();
        store.sweep();
        assertThat(store.find(base.digest())).isEmpty();
    }

    @Test
    void aGuestThatIsBackLeavesNothing() {
        Residues residues = residues(10 * BYTES);
        Instance guest = host.boot("one");
        residues.keep(guest, guest.epoch().next(), summary(), files("a"));
        residues.drop(guest.epoch().lineage());
        assertThat(residues.find(guest.project(), kept(guest, TREE))).isEmpty();
        assertThat(directory.resolve("residues")).isEmptyDirectory();
    }

    @Test
    void whatACrashLeftWithoutItsRowsIsRemovedAtTheStart() throws IOException {
        Residues residues = residues(10 * BYTES);
        Instance guest = host.boot("one");
        residues.keep(guest, guest.epoch().next(), summary(), files("a"));
        Path stray = Files.createDirectories(directory.resolve("residues/11111111-2222-4333-8444-555555555555"));
        Files.writeString(stray.resolve("snapshot"), "half");
        residues.reconcile();
        assertThat(stray).doesNotExist();
        assertThat(residues.find(guest.project(), kept(guest, TREE))).isPresent();
    }

    private Residues residues(long budget) {
        return new Residues(host.database, host.contents, directory.resolve("residues"), budget, new Clock() {
            @Override
            public Instant instant() {
                return now;
            }

            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }
        });
    }

    private Map<Member, Path> files(String letter) {
        try {
            return Map.of(
                    Member.SNAPSHOT,
                    Files.writeString(Files.createTempFile(directory, "memory", ""), letter.repeat(BYTES)),
                    Member.DISK,
                    Files.writeString(Files.createTempFile(directory, "disk", ""), letter.repeat(BYTES)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PackageSummary summary() {
        PackageSummary.Content content = new PackageSummary.Content(BYTES, 1, TREE);
        return new PackageSummary(Map.of(Member.SNAPSHOT, content, Member.DISK, content), BYTES);
    }

    private static Reference.Kept kept(Instance guest, String tree) {
        Epoch epoch = guest.epoch().next();
        return new Reference.Kept(epoch.lineage().value(), epoch.number(), Member.SNAPSHOT, tree, BYTES);
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
