package org.tresccad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConsoleTailTest {
    private final ConsoleTail tail = new ConsoleTail();

    @Test
    void showsOnlyWhatCameSince() {
        assertThat(tail.fresh("a\n")).isEqualTo("a\n");
        assertThat(tail.fresh("a\nb\n")).isEqualTo("b\n");
        assertThat(tail.fresh("a\nb\n")).isEmpty();
    }

    @Test
    void findsItsPlaceInALogThatWasCutAtTheFront() {
        tail.fresh("one\ntwo\nthree\n");
        assertThat(tail.fresh("two\nthree\nfour\n")).isEqualTo("four\n");
    }

    @Test
    void showsALogThatBeganAnewInFull() {
        tail.fresh("xxxx");
        assertThat(tail.fresh("fresh boot\n")).isEqualTo("fresh boot\n");
    }
}
