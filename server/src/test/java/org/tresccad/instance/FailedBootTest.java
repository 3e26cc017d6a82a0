package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor;

/** A boot that fails is shown as failed, whatever else fails with it. */
class FailedBootTest {
    @TempDir
    private Path directory;

    private TestingHost host;

    @BeforeEach
    void open() {
        host = new TestingHost(directory);
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aBootWhoseCleaningUpFailsTooEndsInError() {
        host.hypervisor.refuseNext(TestingHypervisor.Operation.START);
        host.hypervisor.refuseNext(TestingHypervisor.Operation.DESTROY);

        Instance instance = host.boot("one");

        await("the failure")
                .until(() -> host.instances.find(instance.id()).orElseThrow().status() == InstanceStatus.ERROR);
        Instance failed = host.instances.find(instance.id()).orElseThrow();
        assertThat(failed.task()).isEmpty();
        assertThat(failed.fault()).isPresent();
    }
}
