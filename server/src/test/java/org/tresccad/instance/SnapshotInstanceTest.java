package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.ImageStatus;
import org.tresccad.image.NewImage;
import org.tresccad.testing.TestingHost;

/** The disk of an instance that is off becomes an image, whole, and the instance stays what it was. */
class SnapshotInstanceTest {
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
    void theImageHoldsTheWholeDiskAndSaysWhatItIs() throws IOException {
        Instance instance = stopped(host.boot("one"));

        ImageId id = host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "copy", Map.of("colour", "blue"));

        Image image = awaitActive(id);
        assertThat(image.name()).isEqualTo("copy");
        assertThat(image.diskFormat()).contains(DiskFormat.QCOW2);
        assertThat(image.properties())
                .containsEntry("colour", "blue")
                .containsEntry("image_type", "snapshot")
                .containsEntry("instance_uuid", instance.id().toString());
        try (InputStream data = host.images.open(TestingHost.MEMBER, id, false)) {
            assertThat(new String(data.readAllBytes(), StandardCharsets.UTF_8)).startsWith("whole overlay of ");
        }
        awaitIdle(instance);
        assertThat(host.files.snapshot(instance.id())).doesNotExist();
    }

    @Test
    void aLockDoesNotForbidIt() {
        Instance instance = stopped(host.boot("one"));
        host.edit.setLocked(TestingHost.MEMBER, instance.id(), true);

        awaitActive(host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "copy", Map.of()));
    }

    @Test
    void aRunningInstanceIsRefusedAndRunsOn() {
        Instance instance = host.boot("one");
        awaitStatus(instance, InstanceStatus.ACTIVE);

        assertThatThrownBy(() -> host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "copy", Map.of()))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));

        assertThat(host.instances.find(instance.id()).orElseThrow().status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(host.images.list(TestingHost.MEMBER))
                .noneMatch(image -> image.name().equals("copy"));
    }

    @Test
    void anotherProjectSeesNothingToCopy() {
        Instance instance = stopped(host.boot("one"));

        assertThatThrownBy(() -> host.snapshot.snapshot(TestingHost.STRANGER, instance.id(), "copy", Map.of()))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        assertThatThrownBy(() -> host.snapshot.snapshot(TestingHost.READER, instance.id(), "copy", Map.of()))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.FORBIDDEN));
    }

    @Test
    void aKernelThatNoImageHoldsAnyMoreIsMadeAnImageToo() throws IOException {
        ImageId kernel = image("kernel", DiskFormat.AKI, Map.of());
        ImageId disk =
                image("disk", DiskFormat.RAW, Map.of("kernel_id", kernel.toString(), "os_command_line", "quiet"));
        Instance instance = stopped(host.boot
                .boot(
                        TestingHost.MEMBER,
                        new BootInstance.Request(
                                "one",
                                TestingHost.TINY,
                                disk,
                                Optional.empty(),
                                Map.of(),
                                Optional.empty(),
                                Optional.empty(),
                                1))
                .get(0));

        Image first = awaitActive(host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "first", Map.of()));
        awaitIdle(instance);
        host.images.delete(TestingHost.MEMBER, kernel);
        Image second =
                awaitActive(host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "second", Map.of("of", "move")));

        assertThat(first.properties())
                .containsEntry("kernel_id", kernel.toString())
                .containsEntry("os_command_line", "quiet");
        ImageId made =
                ImageId.parse(second.properties().getOrDefault("kernel_id", "")).orElseThrow();
        assertThat(made).isNotEqualTo(kernel);
        assertThat(awaitActive(made).diskFormat()).contains(DiskFormat.AKI);
        assertThat(host.images.get(TestingHost.MEMBER, made).properties()).containsEntry("of", "move");
        try (InputStream data = host.images.open(TestingHost.MEMBER, made, false)) {
            assertThat(new String(data.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("data of kernel");
        }
    }

    @Test
    void aDiskThatCannotBeCopiedLeavesNoImageAndTheInstanceAsItWas() {
        Instance instance = stopped(host.boot("one"));
        host.overlays.failNext(new TresccadException(ErrorKind.NO_SPACE, "The disk is full."));

        ImageId id = host.snapshot.snapshot(TestingHost.MEMBER, instance.id(), "copy", Map.of());

        awaitIdle(instance);
        assertThatThrownBy(() -> host.images.get(TestingHost.MEMBER, id))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }

    @Test
    void whatARestartCutsOffIsGoneAfterIt() throws IOException {
        Instance instance = stopped(host.boot("one"));
        host.actions.mark(instance.id(), Set.of(InstanceStatus.SHUTOFF), TaskState.IMAGE_SNAPSHOT, Optional.empty());
        ImageId half = host.images
                .create(
                        TestingHost.MEMBER,
                        NewImage.of(
                                "copy",
                                DiskFormat.QCOW2,
                                Map.of(
                                        "image_type",
                                        "snapshot",
                                        "instance_uuid",
                                        instance.id().toString())))
                .id();
        Files.writeString(host.files.snapshot(instance.id()), "half");

        host.snapshot.recover();

        awaitIdle(instance);
        assertThat(host.images.list(TestingHost.MEMBER))
                .noneMatch(image -> image.id().equals(half));
        assertThat(host.files.snapshot(instance.id())).doesNotExist();
    }

    private ImageId image(String name, DiskFormat format, Map<String, String> properties) {
        return host.testingImages()
                .add(
                        TestingHost.MEMBER,
                        NewImage.of(name, format, properties),
                        ("data of " + name).getBytes(StandardCharsets.UTF_8))
                .id();
    }

    private Instance stopped(Instance instance) {
        awaitStatus(instance, InstanceStatus.ACTIVE);
        host.power.stop(TestingHost.MEMBER, instance.id());
        awaitStatus(instance, InstanceStatus.SHUTOFF);
        return host.instances.find(instance.id()).orElseThrow();
    }

    private Image awaitActive(ImageId id) {
        await("image " + id).until(() -> host.images.get(TestingHost.MEMBER, id).status() == ImageStatus.ACTIVE);
        return host.images.get(TestingHost.MEMBER, id);
    }

    private void awaitIdle(Instance instance) {
        awaitStatus(instance, InstanceStatus.SHUTOFF);
    }

    private void awaitStatus(Instance instance, InstanceStatus status) {
        await(status + " of " + instance.id()).until(() -> {
            Instance now = host.instances.find(instance.id()).orElseThrow();
            return now.status() == status && now.task().isEmpty();
        });
    }
}
