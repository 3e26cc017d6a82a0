package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.image.ImageId;
import org.tresccad.instance.Arrival;
import org.tresccad.instance.ArrivalKind;
import org.tresccad.instance.ArrivalState;
import org.tresccad.instance.Arrivals;
import org.tresccad.instance.InstanceId;
import org.tresccad.state.Database;
import org.tresccad.vmpackage.Manifest;

/** What the code allows, and what the journals let be written, are the steps of {@code docs/handover/states.tsv}. */
class StatesTableTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
    private static final List<Step> TABLE =
            read(Path.of(System.getProperty("tresccad.repository", "..")).resolve("docs/handover/states.tsv"));

    @TempDir
    private Path directory;

    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("state.db"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void aMoveBecomesWhatTheTableSays(MoveState from) {
        for (MoveState to : MoveState.values()) {
            assertThat(from.canBecome(to))
                    .as("%s to %s", from, to)
                    .isEqualTo(TABLE.contains(new Step("move", from.name(), to.name())));
        }
        assertThat(from.isFinal()).isEqualTo(TABLE.stream().noneMatch(s -> s.isFrom("move", from.name())));
    }

    @ParameterizedTest
    @EnumSource
    void anArrivalBecomesWhatTheTableSays(ArrivalState from) {
        for (ArrivalState to : ArrivalState.values()) {
            assertThat(from.canBecome(to))
                    .as("%s to %s", from, to)
                    .isEqualTo(to != ArrivalState.RECEIVING
                            && TABLE.contains(new Step("arrival", from.name(), to.name())));
        }
        assertThat(from.isFinal())
                .isEqualTo(
                        TABLE.stream().noneMatch(s -> s.isFrom("arrival", from.name()) && !s.to.equals("RECEIVING")));
    }

    @Test
    void aJournalOfMovesTakesNoOtherStep() {
        Moves moves = new Moves(database);
        for (MoveState from : MoveState.values()) {
            for (MoveState to : MoveState.values()) {
                moves.insert(move(from));
                expect(
                        from == to || TABLE.contains(new Step("move", from.name(), to.name())),
                        "move " + from + " to " + to,
                        () -> moves.update(move(to)));
                database.execute(handle -> handle.execute("DELETE FROM move"));
            }
        }
    }

    @Test
    void aJournalOfArrivalsTakesNoOtherStep() {
        Arrivals arrivals = new Arrivals(database);
        for (ArrivalState from : ArrivalState.values()) {
            for (ArrivalState to : ArrivalState.values()) {
                write(arrivals, from, true);
                expect(
                        to != ArrivalState.RECEIVING && TABLE.contains(new Step("arrival", from.name(), to.name())),
                        "arrival " + from + " to " + to,
                        () -> database.execute(handle -> arrivals.update(handle, arrival(to, true))));
                database.execute(handle -> handle.execute("DELETE FROM arrival"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anArrivalBeginsAgainOnlyWhereTheTableSays(boolean isPushed) {
        Arrivals arrivals = new Arrivals(database);
        for (ArrivalState from : ArrivalState.values()) {
            write(arrivals, from, isPushed);
            expect(
                    !isPushed && TABLE.contains(new Step("arrival", from.name(), "RECEIVING")),
                    from + " comes again",
                    () -> database.execute(
                            handle -> arrivals.insert(handle, arrival(ArrivalState.RECEIVING, isPushed))));
            database.execute(handle -> handle.execute("DELETE FROM arrival"));
        }
    }

    /** The register itself refuses, whoever writes. */
    @Test
    void aRegisterTakesNoOtherStep() {
        List<String> states = List.of("open", "claimed", "withdrawn");
        int epoch = 0;
        for (String from : states) {
            for (String to : states) {
                int number = epoch++;
                database.execute(handle -> handle.execute(
                        "INSERT INTO handover (lineage, epoch, nonce, project_id, verdict, claimant)"
                                + " VALUES ('l', ?, 'n', 'p', ?, ?)",
                        number,
                        from,
                        claimant(from)));
                expect(
                        from.equals("open"),
                        "epoch " + from + " to " + to,
                        () -> database.execute(handle -> handle.execute(
                                "UPDATE handover SET verdict = ?, claimant = ? WHERE epoch = ?",
                                to,
                                claimant(to),
                                number)));
                assertThat(TABLE.contains(new Step("epoch", from, to)))
                        .as("epoch %s to %s", from, to)
                        .isEqualTo(from.equals("open") && !from.equals(to));
            }
        }
    }

    private static void expect(boolean isLegal, String step, ThrowingCallable write) {
        if (isLegal) {
            assertThatCode(write).as(step).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(write).as(step).isInstanceOf(RuntimeException.class);
        }
    }

    private static @Nullable String claimant(String verdict) {
        return verdict.equals("claimed") ? "c" : null;
    }

    private void write(Arrivals arrivals, ArrivalState state, boolean isPushed) {
        database.execute(handle -> {
            arrivals.insert(handle, arrival(ArrivalState.RECEIVING, isPushed));
            handle.execute("UPDATE arrival SET state = ?", state.name());
        });
    }

    private static Arrival arrival(ArrivalState state, boolean isPushed) {
        UUID id = new UUID(1, 1);
        return new Arrival(
                new Epoch(new Lineage(id), 1),
                ArrivalKind.HANDOVER,
                new InstanceId(id),
                new ProjectId("a".repeat(32)),
                new ImageId(id),
                Optional.of(id),
                "there",
                id,
                new Manifest.Home("tresccad", id, "there"),
                new Claimant(id),
                isPushed,
                true,
                false,
                Optional.of(NOW),
                state,
                Optional.empty(),
                NOW,
                Optional.empty());
    }

    private static Move move(MoveState state) {
        UUID id = new UUID(2, 2);
        return new Move(
                new MoveId(id),
                new InstanceId(id),
                "traveller",
                new Epoch(new Lineage(id), 1),
                id,
                new ProjectId("a".repeat(32)),
                new UserId("b".repeat(32)),
                "there",
                MoveMode.PACKAGE,
                Move.Origin.API,
                Optional.empty(),
                state,
                Optional.empty(),
                Optional.empty(),
                false,
                Move.Figures.NONE,
                NOW,
                Optional.empty());
    }

    private static List<Step> read(Path table) {
        List<Step> steps = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(table)) {
                List<String> columns = List.of(line.split("\t"));
                steps.add(new Step(columns.get(0), columns.get(1), columns.get(3)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(steps);
    }

    private record Step(String role, String from, String to) {
        boolean isFrom(String itsRole, String state) {
            return role.equals(itsRole) && from.equals(state);
        }
    }
}
