package org.tresccad.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Verdict.Claimed;
import org.tresccad.handover.Verdict.Withdrawn;
import org.tresccad.identity.ProjectId;
import org.tresccad.state.Database;

class RegisterTest {
    private static final ProjectId OWNER = new ProjectId("a".repeat(32));

    private final Register register = new Register();
    private final Epoch epoch = new Epoch(Lineage.random(), 1);
    private final UUID nonce = UUID.randomUUID();

    @TempDir
    private Path directory;

    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("state.db"));
        database.execute(transaction -> register.open(transaction, epoch, nonce, OWNER));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void anOpenEpochHasNoVerdict() {
        Register.Entry entry =
                database.read(handle -> register.find(handle, epoch)).orElseThrow();
        assertThat(entry.nonce()).isEqualTo(nonce);
        assertThat(entry.owner()).isEqualTo(OWNER);
        assertThat(entry.verdict()).isEmpty();
    }

    @Test
    void theFirstVerdictStandsForEver() {
        Claimed first = new Claimed(Claimant.random());
        assertThat(decide(first)).isEqualTo(first);
        assertThat(decide(new Withdrawn())).isEqualTo(first);
        assertThat(decide(new Claimed(Claimant.random()))).isEqualTo(first);
    }

    @Test
    void aWithdrawnEpochCannotBeClaimed() {
        decide(new Withdrawn());
        assertThat(decide(new Claimed(Claimant.random()))).isEqualTo(new Withdrawn());
    }

    @Test
    void theSameClaimantGetsTheSameAnswerAgain() {
        Claimed claim = new Claimed(Claimant.random());
        decide(claim);
        assertThat(decide(claim)).isEqualTo(claim);
    }

    @Test
    void aVerdictGoesAwayWithTheTransactionThatWroteIt() {
        assertThatThrownBy(() -> database.execute(transaction -> {
                    register.decide(transaction, epoch, new Withdrawn());
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        Claimed claim = new Claimed(Claimant.random());
        assertThat(decide(claim)).isEqualTo(claim);
    }

    @Test
    void anEpochWithAnotherHomeIsNotDecidedHere() {
        Epoch foreign = new Epoch(Lineage.random(), 1);
        assertThatThrownBy(() ->
                        database.transaction(transaction -> register.decide(transaction, foreign, new Withdrawn())))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("not the home");
    }

    @Test
    void anEpochIsOpenedOnce() {
        assertThatThrownBy(() ->
                        database.execute(transaction -> register.open(transaction, epoch, UUID.randomUUID(), OWNER)))
                .hasMessageContaining("handover");
    }

    @Test
    void theDatabaseItselfRefusesToChangeAVerdict() {
        decide(new Withdrawn());
        assertThatThrownBy(() ->
                        database.execute(transaction -> transaction.execute("UPDATE handover SET verdict = 'open'")))
                .hasMessageContaining("this epoch is decided");
    }

    @Test
    void theDatabaseItselfRefusesToForgetAnEpoch() {
        assertThatThrownBy(() -> database.execute(transaction -> transaction.execute("DELETE FROM handover")))
                .hasMessageContaining("kept for ever");
    }

    @Test
    void aDecidedEpochIsRememberedAsTheHighestOfItsLineage() {
        assertThat(highest()).isEmpty();
        decide(new Withdrawn());
        assertThat(highest()).contains(1L);
    }

    @Test
    void aLowerEpochDoesNotLowerTheHighest() {
        remember(7);
        remember(3);
        assertThat(highest()).contains(7L);
        remember(8);
        assertThat(highest()).contains(8L);
    }

    @Test
    void whatWasDecidedIsThereAfterARestart() {
        Claimed claim = new Claimed(Claimant.random());
        decide(claim);
        database.close();
        database = Database.open(directory.resolve("state.db"));
        assertThat(decide(new Withdrawn())).isEqualTo(claim);
        assertThat(highest()).contains(1L);
    }

    private Verdict decide(Verdict wanted) {
        return database.transaction(transaction -> register.decide(transaction, epoch, wanted));
    }

    private void remember(long number) {
        database.execute(transaction -> register.remember(transaction, new Epoch(epoch.lineage(), number)));
    }

    private Optional<Long> highest() {
        return database.read(handle -> register.highest(handle, epoch.lineage()));
    }
}
