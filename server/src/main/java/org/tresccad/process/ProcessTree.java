package org.tresccad.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A process with all its descendants. Signals go through {@link ProcessHandle}, which remembers the start time and so
 * never hits a stranger that got a dead child's pid.
 */
final class ProcessTree {
    private ProcessTree() {}

    /**
     * Asks the tree to end (TERM), and makes it end (KILL) what is left after {@code grace}. Descendants are looked up
     * before the first signal, since a dead parent's children belong to init and cannot be found any more.
     *
     * @return whether everything is gone; false only for processes the kernel cannot end now (uninterruptible wait)
     */
    static boolean end(ProcessHandle root, Duration grace) {
        List<ProcessHandle> tree = new ArrayList<>();
        tree.add(root);
        root.descendants().forEach(tree::add);
        tree.forEach(ProcessHandle::destroy);
        if (awaitExit(tree, grace)) {
            return true;
        }
        List<ProcessHandle> left = tree.stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .distinct()
                .toList();
        left.forEach(ProcessHandle::destroyForcibly);
        return awaitExit(left, grace);
    }

    private static boolean awaitExit(List<ProcessHandle> processes, Duration limit) {
        CompletableFuture<?> all = CompletableFuture.allOf(
                processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new));
        boolean interrupted = false;
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                try {
                    all.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                    return true;
                } catch (InterruptedException e) {
                    // The caller is cleaning up; leaving half-way would leave a program running.
                    interrupted = true;
                } catch (TimeoutException | ExecutionException e) {
                    return processes.stream().noneMatch(ProcessHandle::isAlive);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
