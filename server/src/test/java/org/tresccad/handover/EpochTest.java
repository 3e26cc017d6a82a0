package org.tresccad.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class EpochTest {
    @Test
    void theNextEpochIsOfTheSameLineage() {
        Epoch born = new Epoch(Lineage.random(), 0);
        assertThat(born.next()).isEqualTo(new Epoch(born.lineage(), 1));
    }

    @Test
    void thereIsNothingBeforeBirth() {
        Lineage lineage = Lineage.random();
        assertThatIllegalArgumentException().isThrownBy(() -> new Epoch(lineage, -1));
    }

    @Test
    void itReadsAsLineageAndNumber() {
        Lineage lineage = Lineage.random();
        assertThat(new Epoch(lineage, 4)).hasToString(lineage + "/4");
    }
}
