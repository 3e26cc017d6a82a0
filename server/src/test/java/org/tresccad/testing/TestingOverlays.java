package org.tresccad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.Overlays;
import org.tresccad.image.StoredContent;

/** Overlays that are small text files naming their base. */
public final class TestingOverlays implements Overlays {
    private final AtomicBoolean isDamaged = new AtomicBoolean();
    private final AtomicReference<Optional<RuntimeException>> failure = new AtomicReference<>(Optional.empty());

    /** Makes the next call throw {@code why}. */
    public void failNext(RuntimeException why) {
        failure.set(Optional.of(why));
    }

    /** Makes the next overlay that is checked a damaged one. */
    public void damageNext() {
        isDamaged.set(true);
    }

    @Override
    public void create(StoredContent base, Path overlay, long sizeBytes) {
        throwIfToldTo();
        write(overlay, "overlay of " + base.digest() + " size " + sizeBytes);
    }

    @Override
    public void adopt(Path overlay, StoredContent base, Optional<String> namedAs, long sizeBytes) {
        requireFile(overlay);
    }

    @Override
    public Layout layout(Path created) {
        return (overlay, base) -> true;
    }

    @Override
    public void adoptWhole(Path disk, StoredContent blank, long sizeBytes) {
        requireFile(disk);
    }

    @Override
    public void check(Path overlay) {
        requireFile(overlay);
        if (isDamaged.getAndSet(false)) {
            throw new TresccadException(ErrorKind.INVALID_CONTENT, "The qcow2 file is damaged.");
        }
    }

    @Override
    public void copyWhole(Path overlay, Path copy) {
        requireFile(overlay);
        try {
            write(copy, "whole " + Files.readString(overlay));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireFile(Path overlay) {
        throwIfToldTo();
        if (!Files.isRegularFile(overlay)) {
            throw new TresccadException(ErrorKind.INVALID_CONTENT, "There is no overlay.");
        }
    }

    private void throwIfToldTo() {
        failure.getAndSet(Optional.empty()).ifPresent(why -> {
            throw why;
        });
    }

    private static void write(Path overlay, String text) {
        try {
            Files.writeString(overlay, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
