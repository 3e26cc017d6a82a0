package org.tresccad.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({"1KiB, 1024", "10GiB, 10737418240", "500MB, 500000000", "7, 7", "2 TiB, 2199023255552", "0, 0"})
    void sizesAreReadInBothSystems(String text, long bytes) {
        assertThat(Values.bytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "-1", "1.5GiB", "1Gib", "1 G", "9999999TiB", "999999999999999TiB"})
    void otherSizesAreRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Values.bytesBetween(text, 0, 1L << 60));
    }

    @ParameterizedTest
    @CsvSource({"500ms, 500", "30s, 30000", "5m, 300000", "1h, 3600000", "30d, 2592000000"})
    void durationsAreReadWithTheirUnit(String text, long milliseconds) {
        assertThat(Values.duration(text)).isEqualTo(Duration.ofMillis(milliseconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "0s", "-1s", "1.5h", "1w", "PT1S"})
    void otherDurationsAreRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Values.duration(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:80",
                ":80",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:65536",
                "::1:80",
                "[::1]",
                "300.0.0.1:80"
            })
    void whatIsNotAnAddressAndAPortIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> HostPort.parse(text));
    }

    @Test
    void anAddressIsWrittenAsInAUrl() {
        assertThat(HostPort.parse("[::1]:8774")).hasToString("[::1]:8774");
        assertThat(HostPort.parse("10.0.0.1:0")).hasToString("10.0.0.1:0");
    }
}
