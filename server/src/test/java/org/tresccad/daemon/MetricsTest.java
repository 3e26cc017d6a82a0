package org.tresccad.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tresccad.job.Measurements;

class MetricsTest {
    @Test
    void movesAndTransfersAreCountedAndTimed() {
        try (Metrics metrics = new Metrics()) {
            metrics.moveEnded(
                    "package",
                    Measurements.Side.SOURCE,
                    "done",
                    Duration.ofSeconds(4),
                    Optional.of(Duration.ofMillis(1500)));
            metrics.moveEnded(
                    "package", Measurements.Side.SOURCE, "withdrawn", Duration.ofSeconds(1), Optional.empty());
            metrics.transferred(Measurements.Direction.SENT, 1000, Duration.ofSeconds(2));
            metrics.transferred(Measurements.Direction.SENT, 500, Duration.ofSeconds(1));
            metrics.gauge("tresccad.instances", "Instances", () -> 7);
            assertThat(metrics.scrape())
                    .contains(
                            "tresccad_moves_seconds_count{mode=\"package\",outcome=\"done\",side=\"source\"} 1",
                            "tresccad_moves_seconds_count{mode=\"package\",outcome=\"withdrawn\",side=\"source\"} 1",
                            "tresccad_moves_interruption_seconds_sum{mode=\"package\",side=\"source\"} 1.5",
                            "tresccad_transfer_bytes_total{direction=\"sent\"} 1500.0",
                            "tresccad_transfer_seconds_sum{direction=\"sent\"} 3.0",
                            "tresccad_instances 7.0",
                            "jvm_memory_used_bytes{");
        }
    }
}
