package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QemuReleaseTest {
    @Test
    void releasesAreOrderedByNumbers() {
        assertThat(release("10.0.2")).isGreaterThan(release("9.2.50")).isGreaterThan(release("7.2"));
        assertThat(release("7.10.0")).isGreaterThan(release("7.2.19"));
    }

    @Test
    void updatesOfOneReleaseAreTheSame() {
        assertThat(release("7.2.19")).isEqualTo(release("7.2.22")).isEqualTo(release("7.2 (Debian 1:7.2+dfsg-7)"));
    }

    @Test
    void whatIsNoVersionIsNone() {
        assertThat(QemuRelease.of("unknown")).isEmpty();
        assertThat(QemuRelease.of("7")).isEmpty();
        assertThat(QemuRelease.of("7.")).isEmpty();
        assertThat(QemuRelease.of("99999.1")).isEmpty();
        assertThat(QemuRelease.of("7.99999999999")).isEmpty();
    }

    private static QemuRelease release(String version) {
        return QemuRelease.of(version).orElseThrow();
    }
}
