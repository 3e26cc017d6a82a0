package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;

final class CallWorkersTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final CallWorkers workers = new CallWorkers("test", 1);
    private final CountDownLatch hang = new CountDownLatch(1);
    private final Queue<String> late = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final CallWorkers.Aftermath<String> after = new CallWorkers.Aftermath<>() {
        @Override
        public void late(String result) {
            late.add(result);
        }

        @Override
        public void failed() {
            failures.incrementAndGet();
        }
    };

    @AfterEach
    void close() {
        hang.countDown();
        workers.close();
    }

    @Test
    void anAnswerInTimeIsNotLate() {
        assertThat(workers.call("ask", LONG, () -> "answer", after)).isEqualTo("answer");
        assertThat(late).isEmpty();
    }

    @Test
    void aCallThatHangsIsGivenUpAndItsAnswerTakenBack() {
        assertThatThrownBy(() -> workers.call("ask", SHORT, this::hang, after))
                .isInstanceOf(HypervisorUnavailable.class)
                .hasMessageContaining("could not ask");
        hang.countDown();
        await("the late answer").until(() -> late.contains("late"));
    }

    @Test
    void aCallThatWasGivenUpInTheQueueIsNeverMade() {
        assertThatThrownBy(() -> workers.call("hang", SHORT, this::hang, after))
                .isInstanceOf(HypervisorUnavailable.class);
        assertThatThrownBy(() -> workers.call("ask", SHORT, () -> "made", after))
                .isInstanceOf(HypervisorUnavailable.class);
        hang.countDown();
        assertThat(workers.call("ask", LONG, () -> "next", after)).isEqualTo("next");
        assertThat(late).containsExactly("late");
        assertThat(failures).hasValue(1);
    }

    @Test
    void ourOwnErrorsArriveAsTheyAre() {
        HypervisorRefused refused = new HypervisorRefused("no");
        assertThatThrownBy(() -> workers.call(
                        "ask",
                        LONG,
                        () -> {
                            throw refused;
                        },
                        after))
                .isSameAs(refused);
        assertThat(failures).hasValue(1);
    }

    @Test
    void anInterruptIsKept() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> workers.call("ask", LONG, this::hang, after))
                .isInstanceOf(HypervisorUnavailable.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private String hang() {
        boolean isDone = false;
        while (!isDone) {
            try {
                hang.await();
                isDone = true;
            } catch (InterruptedException e) {
                // As libvirt's calls do, it goes on.
                assertThat(e).isNotNull();
            }
        }
        return "late";
    }
}
