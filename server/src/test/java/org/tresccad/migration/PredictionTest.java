package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.Lineage;
import org.tresccad.identity.ProjectId;
import org.tresccad.identity.UserId;
import org.tresccad.instance.InstanceId;
import org.tresccad.migration.Move.Figures;
import org.tresccad.migration.Prediction.Load;

class PredictionTest {
    private static final long MIB = 1 << 20;
    private static final Load LOAD = new Load(100 * MIB, 512, false);

    @Test
    void theOverlayCountsOnlyWhereItIsSentAfterTheFreeze() {
        Load larger = new Load(200 * MIB, 512, false);
        assertThat(seconds(Prediction.of(MoveMode.PACKAGE, larger, List.of()))
                        - seconds(Prediction.of(MoveMode.PACKAGE, LOAD, List.of())))
                .isCloseTo(100 * MIB / Prediction.USUAL_BYTES_PER_SECOND, within(0.01));
        assertThat(Prediction.of(MoveMode.WARM, larger, List.of()).interruption())
                .isEqualTo(Prediction.of(MoveMode.WARM, LOAD, List.of()).interruption());
        Load known = new Load(100 * MIB, 512, true);
        assertThat(Prediction.of(MoveMode.PACKAGE, known, List.of()).interruption())
                .isLessThan(Prediction.of(MoveMode.PACKAGE, LOAD, List.of()).interruption());
    }

    @Test
    void whatMovesTookCorrectsTheEstimateOfTheirMode() {
        Prediction before = Prediction.of(MoveMode.WARM, LOAD, List.of());
        List<Move> moves = List.of(move(0, MoveMode.WARM, 2, MIB, 4, 9));
        Prediction after = Prediction.of(MoveMode.WARM, LOAD, moves);
        assertThat(after.estimate()).isEqualTo(before.estimate());
        assertThat(after.interruption()).isEqualTo(before.interruption().multipliedBy(2));
        assertThat(after.total()).isEqualTo(after.interruption().plusSeconds(5));
        assertThat(Prediction.of(MoveMode.PACKAGE, LOAD, moves))
                .isEqualTo(Prediction.of(MoveMode.PACKAGE, LOAD, List.of()));
    }

    @Test
    void theLinkIsAsFastAsTheFastestMoveOverIt() {
        List<Move> moves = List.of(
                move(0, MoveMode.PACKAGE, 1, 10 * MIB, 10, 12),
                move(1, MoveMode.WARM, 1, 400 * MIB, 1, 200),
                move(2, MoveMode.WARM, 1, 400 * MIB, 1, 900));
        Load empty = new Load(0, 512, false);
        double sending = Prediction.of(MoveMode.PACKAGE, LOAD, moves).estimate().toMillis()
                - Prediction.of(MoveMode.PACKAGE, empty, moves).estimate().toMillis();
        assertThat(sending).isCloseTo(50_000, within(10.0));
    }

    @Test
    void anOddMoveDoesNotCount() {
        List<Move> moves = List.of(
                move(0, MoveMode.WARM, 1, MIB, 1, 2),
                move(1, MoveMode.WARM, 1, MIB, 500, 900),
                move(2, MoveMode.WARM, 1, MIB, 1, 2));
        Prediction prediction = Prediction.of(MoveMode.WARM, LOAD, moves);
        assertThat(prediction.interruption()).isEqualTo(prediction.estimate());
    }

    @Test
    void onlyTheLatestMovesCount() {
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            moves.add(move(i, MoveMode.WARM, 1, MIB, i < 100 - Prediction.LATEST ? 5 : 1, 60));
        }
        Prediction prediction = Prediction.of(MoveMode.WARM, LOAD, moves);
        assertThat(prediction.interruption()).isEqualTo(prediction.estimate());
    }

    @Test
    void autoIsTheModeOfTheShorterInterruptionAndSaysSo() {
        assertThat(Prediction.plan(MoveMode.AUTO, true, LOAD, List.of()))
                .satisfies(plan -> assertThat(plan.mode()).isEqualTo(MoveMode.WARM))
                .satisfies(plan -> assertThat(plan.why())
                        .startsWith("warm: the interruption")
                        .contains(" s as package"));
        List<Move> disappointing = List.of(move(0, MoveMode.WARM, 1, MIB, 15, 20));
        assertThat(Prediction.plan(MoveMode.AUTO, true, LOAD, disappointing).mode())
                .isEqualTo(MoveMode.PACKAGE);
        assertThat(Prediction.plan(MoveMode.WARM, true, LOAD, disappointing).mode())
                .isEqualTo(MoveMode.WARM);
    }

    @Test
    void aGuestWhoseCpusStandStillGoesAsAPackage() {
        for (MoveMode asked : List.of(MoveMode.AUTO, MoveMode.WARM, MoveMode.PACKAGE)) {
            assertThat(Prediction.plan(asked, false, LOAD, List.of()).mode()).isEqualTo(MoveMode.PACKAGE);
        }
    }

    private static double seconds(Prediction prediction) {
        return prediction.interruption().toMillis() / 1e3;
    }

    private static Move move(long startedAt, MoveMode mode, long estimate, long bytes, long interruption, long total) {
        return new Move(
                MoveId.random(),
                InstanceId.random(),
                "one",
                new Epoch(Lineage.random(), 1),
                UUID.randomUUID(),
                new ProjectId("a".repeat(32)),
                new UserId("1".repeat(32)),
                "b",
                MoveMode.AUTO,
                Move.Origin.API,
                Optional.of(new Move.Plan(mode, Duration.ofSeconds(estimate), Duration.ofSeconds(estimate), "")),
                MoveState.DONE,
                Optional.empty(),
                Optional.empty(),
                true,
                new Figures(
                        bytes, Optional.of(Duration.ofSeconds(interruption)), Optional.of(Duration.ofSeconds(total))),
                Instant.EPOCH.plusSeconds(startedAt),
                Optional.of(Instant.EPOCH.plusSeconds(startedAt + 1)));
    }
}
