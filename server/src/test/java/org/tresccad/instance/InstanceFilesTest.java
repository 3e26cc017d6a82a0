package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.state.DurableFiles;

class InstanceFilesTest {
    @TempDir
    Path root;

    @RepeatedTest(50)
    void anInstancesFilesAreDeletedWholeWhileOneOfThemIsStillBeingWritten() throws Exception {
        InstanceFiles files = new InstanceFiles(root);
        InstanceId id = InstanceId.random();
        files.create(id);
        DurableFiles.write(files.disk(id), "disk");
        CompletableFuture<Void> started = new CompletableFuture<>();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            while (true) {
                DurableFiles.write(files.knownBlocks(id), "blocks");
                started.complete(null);
            }
        });
        started.get(10, TimeUnit.SECONDS);
        files.delete(id);
        assertThat(files.directory(id)).doesNotExist();
        assertThatThrownBy(() -> writer.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(UncheckedIOException.class);
        assertThat(root).isEmptyDirectory();
    }
}
