package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.testing.TestingHost;
import org.tresccad.vmpackage.AheadBlocks;
import org.tresccad.vmpackage.BlockIndex;
import org.tresccad.vmpackage.Manifest;
import org.tresccad.vmpackage.Member;
import org.tresccad.vmpackage.PackageLimits;
import org.tresccad.vmpackage.PackageWorkers;
import org.tresccad.vmpackage.Reference;

final class PackInstanceTest {
    @TempDir
    private Path directory;

    @Test
    void theCopyOfAGuestThatWasTooBusyForItIsLeftOut() throws IOException {
        try (TestingHost host = new TestingHost(directory);
                PackageWorkers workers = new PackageWorkers(1)) {
            Instance instance = host.boot("traveller");
            await("boot")
                    .until(() ->
                            host.instances.find(instance.id()).orElseThrow().status() == InstanceStatus.ACTIVE);
            PackInstance packing = host.packing(workers);
            Manifest manifest = packing.describe(instance, instance.epoch().next(), UUID.randomUUID())
                    .relativeTo(List.of(new Reference.Ahead()))
                    .withMemoryAhead();
            AheadBlocks ahead = packing.ahead(manifest, BlockIndex.empty());
            long most = PackageLimits.STANDARD.bytesFor(Member.SNAPSHOT_AHEAD, manifest);

            resize(host.files.memoryAhead(instance.id()), most);
            long with = packing.bytesAhead(instance, manifest, ahead);
            resize(host.files.memoryAhead(instance.id()), most + 1);
            assertThat(packing.bytesAhead(instance, manifest, ahead)).isEqualTo(with - most);
        }
    }

    private static void resize(Path file, long bytes) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
    }
}
