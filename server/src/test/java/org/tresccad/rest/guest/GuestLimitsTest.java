package org.tresccad.rest.guest;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.tresccad.instance.InstanceId;
import org.tresccad.rest.guest.GuestLimits.Slot;

class GuestLimitsTest {
    private final AtomicLong nanos = new AtomicLong(-5);
    private final GuestLimits limits = new GuestLimits(10, 20, 3, nanos::get);
    private final InstanceId guest = InstanceId.random();

    @Test
    void soManyRequestsAtOnceAndNoMoreUntilOneIsAnswered() {
        List<Slot> open = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            open.add(limits.enter(guest));
        }
        assertThatThrownBy(() -> limits.enter(guest)).isInstanceOf(TooManyRequests.class);
        open.get(0).close();
        open.get(0).close();
        limits.enter(guest);
        assertThatThrownBy(() -> limits.enter(guest)).isInstanceOf(TooManyRequests.class);
    }

    @Test
    void afterABurstComeSoManyASecond() {
        exhaust();
        assertThatThrownBy(() -> limits.enter(guest)).isInstanceOf(TooManyRequests.class);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(150));
        limits.enter(guest).close();
        assertThatThrownBy(() -> limits.enter(guest)).isInstanceOf(TooManyRequests.class);
    }

    @Test
    void oneGuestsGreedIsNotAnothersLoss() {
        exhaust();
        limits.enter(InstanceId.random()).close();
    }

    @Test
    void manyGuestsThatCameAndWentDoNotFreeAGreedyOne() {
        exhaust();
        for (int i = 0; i < 1000; i++) {
            limits.enter(InstanceId.random()).close();
        }
        assertThatThrownBy(() -> limits.enter(guest)).isInstanceOf(TooManyRequests.class);
    }

    private void exhaust() {
        for (int i = 0; i < 20; i++) {
            limits.enter(guest).close();
        }
    }
}
