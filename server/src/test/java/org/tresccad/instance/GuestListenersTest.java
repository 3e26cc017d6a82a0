package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Only guests that listen, or lately did, are told anything. */
final class GuestListenersTest {
    private final AtomicLong now = new AtomicLong();
    private final GuestListeners listeners = new GuestListeners(now::get);
    private final InstanceId guest = InstanceId.random();

    @Test
    void aGuestListensWhileItsRequestIsOpenAndTenSecondsLonger() {
        assertThat(listeners.isListening(guest)).isFalse();
        GuestListeners.Request request = listeners.open(guest);
        pass(Duration.ofHours(1));
        assertThat(listeners.isListening(guest)).isTrue();
        request.close();
        request.close();
        pass(Duration.ofSeconds(9));
        assertThat(listeners.isListening(guest)).isTrue();
        pass(Duration.ofSeconds(2));
        assertThat(listeners.isListening(guest)).isFalse();
    }

    @Test
    void guestsThatListenAreKeptWhenManyWereHeardOf() {
        GuestListeners.Request request = listeners.open(guest);
        for (int i = 0; i < 200; i++) {
            listeners.open(InstanceId.random()).close();
            pass(Duration.ofMinutes(1));
        }
        assertThat(listeners.isListening(guest)).isTrue();
        request.close();
        assertThat(listeners.isListening(guest)).isTrue();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
