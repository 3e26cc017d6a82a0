package org.tresccad.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is below a directory in which somebody else makes and removes files at the same time. */
final class PresentFiles extends SimpleFileVisitor<Path> {
    private final List<Path> found = new ArrayList<>();

    private PresentFiles() {}

    /** The directory itself, and all files and directories below it, but for those that go away meanwhile. */
    static List<Path> below(Path directory) {
        PresentFiles visitor = new PresentFiles();
        try {
            Files.walkFileTree(directory, visitor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(visitor.found);
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        found.add(directory);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        found.add(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
        return passOver(why);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException why) throws IOException {
        return why == null ? FileVisitResult.CONTINUE : passOver(why);
    }

    private static FileVisitResult passOver(IOException why) throws IOException {
        if (why instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw why;
    }
}
