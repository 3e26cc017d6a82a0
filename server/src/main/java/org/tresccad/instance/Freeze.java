package org.tresccad.instance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.FrozenDomain;
import org.tresccad.hypervisor.SaveImageFollower;
import org.tresccad.vmpackage.MemberSource;

/** A freeze: first the CPUs stop, then the memory is written, and can be read meanwhile. */
public final class Freeze {
    private final Path memoryFile;
    private final CompletableFuture<FrozenDomain> stopped = new CompletableFuture<>();
    private final CompletableFuture<FrozenDomain> written = new CompletableFuture<>();

    Freeze(Path memoryFile) {
        this.memoryFile = memoryFile;
    }

    /** Does it, by {@code freezing}, which tells the consumer when the CPUs have stopped; keeps what it throws. */
    void run(Function<Consumer<FrozenDomain>, FrozenDomain> freezing) {
        try {
            FrozenDomain frozen = freezing.apply(stopped::complete);
            stopped.complete(frozen);
            written.complete(frozen);
        } catch (RuntimeException | Error e) {
            written.completeExceptionally(e);
            stopped.completeExceptionally(e);
        }
    }

    /** The domain's XML, once its CPUs have stopped. */
    public MemberSource xml() {
        return () -> new ByteArrayInputStream(awaitStopped().xml().getBytes(StandardCharsets.UTF_8));
    }

    /** The memory, read while it is written. */
    public MemberSource memory() {
        return () -> new SaveImageFollower(memoryFile, this::failure);
    }

    /**
     * Waits until the memory is on the disk, durably.
     *
     * @throws TresccadException why it is not; the guest runs on then
     */
    public FrozenDomain awaitWritten() {
        try {
            return written.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw e;
        }
    }

    /** Ends the wait for a freeze that will not begin. */
    public void abandon() {
        TresccadException why = new TresccadException(ErrorKind.CONFLICT, "The guest was not frozen.");
        written.completeExceptionally(why);
        stopped.completeExceptionally(why);
    }

    /** Waits until it has ended, one way or the other: before that, nothing can be done with the domain. */
    public void awaitEnd() {
        written.handle((frozen, failure) -> true).join();
    }

    private FrozenDomain awaitStopped() throws IOException {
        try {
            return stopped.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw new IOException("the guest could not be frozen", e.getCause());
        }
    }

    private Optional<String> failure() {
        return written.isCompletedExceptionally()
                ? Optional.of(String.valueOf(
                        written.handle((frozen, failure) -> failure).join().getMessage()))
                : Optional.empty();
    }
}
