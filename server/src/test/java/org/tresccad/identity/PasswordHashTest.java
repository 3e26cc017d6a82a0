package org.tresccad.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PasswordHashTest {
    @Test
    void onlyTheRightPasswordMatches() {
        PasswordHash hash = PasswordHash.of("grün und heiß");

        assertThat(hash.verify("grün und heiß")).isTrue();
        assertThat(hash.verify("grün und heiss")).isFalse();
        assertThat(hash.verify("")).isFalse();
    }

    @Test
    void takesTheParametersOwaspRecommends() {
        assertThat(PasswordHash.of("x").phc()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    }

    @Test
    void theSamePasswordHasAnotherHashEachTime() {
        assertThat(PasswordHash.of("x")).isNotEqualTo(PasswordHash.of("x"));
    }

    @Test
    void readsAHashThatAnotherProgramMade() {
        // A test vector of the reference implementation (src/test.c of P-H-C/phc-winner-argon2).
        PasswordHash hash = new PasswordHash(
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

        assertThat(hash.verify("password")).isTrue();
        assertThat(hash.verify("Password")).isFalse();
    }

    @Test
    void refusesWhatIsNoHash() {
        assertThatThrownBy(() -> new PasswordHash("secret")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void isNotShown() {
        PasswordHash hash = PasswordHash.of("x");

        assertThat(hash.toString()).doesNotContain(hash.phc());
    }
}
