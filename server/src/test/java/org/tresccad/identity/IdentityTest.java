package org.tresccad.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.state.Database;

final class IdentityTest {
    private static final Project DEMO = Project.named("demo");
    private static final Project OTHER = Project.named("other");
    private static final User ANN = User.named("ann");
    private static final PasswordHash HASH = PasswordHash.of("right");
    private static final Login RIGHT = new Login.ByPassword(false, "ann", "right");
    private static final Scope IN_DEMO = new Scope.ByName("demo");
    private static final Accounts ACCOUNTS = new Accounts(
            List.of(DEMO, OTHER), List.of(new UserAccount(ANN, HASH, Map.of(DEMO.id(), Set.of(Role.MEMBER)))));

    private final TestingClock clock = new TestingClock();

    @TempDir
    private Path directory;

    private Database database;
    private Identity identity;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("state.db"));
        identity = with(ACCOUNTS);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aTokenSaysWhoAndInWhichProject() {
        Token token = identity.token(identity.login(RIGHT, IN_DEMO).secret()).orElseThrow();

        Caller caller = token.caller().orElseThrow();
        assertThat(caller.userId()).isEqualTo(ANN.id());
        assertThat(caller.projectId()).isEqualTo(DEMO.id());
        assertThat(caller.has(Role.MEMBER)).isTrue();
        assertThat(caller.isAdmin()).isFalse();
    }

    @Test
    void aLoginById() {
        Login byId = new Login.ByPassword(true, ANN.id().value(), "right");

        assertThat(identity.login(byId, new Scope.ById(DEMO.id().value()))
                        .token()
                        .user())
                .isEqualTo(ANN);
    }

    @Test
    void everyWrongLoginIsRefusedInTheSameWords() {
        String wrongPassword = refusal(new Login.ByPassword(false, "ann", "wrong"), IN_DEMO);

        assertThat(refusal(new Login.ByPassword(false, "bob", "right"), IN_DEMO))
                .isEqualTo(wrongPassword);
        assertThat(refusal(RIGHT, new Scope.ByName("other"))).isEqualTo(wrongPassword);
        assertThat(refusal(RIGHT, new Scope.ById("nonsense"))).isEqualTo(wrongPassword);
        assertThat(refusal(new Login.ByToken("nonsense"), IN_DEMO)).isEqualTo(wrongPassword);
    }

    @Test
    void aTokenWithoutProjectHasNoCaller() {
        Token token = identity.login(RIGHT, new Scope.Unscoped()).token();

        assertThat(token.caller()).isEmpty();
        assertThat(token.isAdmin()).isFalse();
    }

    @Test
    void aTokenEndsWithItsTime() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();

        clock.pass(Duration.ofMinutes(59));
        assertThat(identity.token(secret)).isPresent();
        clock.pass(Duration.ofMinutes(1));
        assertThat(identity.token(secret)).isEmpty();
    }

    @Test
    void aTokenMadeFromATokenEndsNoLater() {
        IssuedToken first = identity.login(RIGHT, new Scope.Unscoped());
        clock.pass(Duration.ofMinutes(30));

        Token second =
                identity.login(new Login.ByToken(first.secret()), IN_DEMO).token();

        assertThat(second.expiresAt()).isEqualTo(first.token().expiresAt());
        assertThat(second.methods()).containsExactlyInAnyOrder("token", "password");
    }

    @Test
    void aRevokedTokenIsInvalid() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();

        identity.revoke(secret);

        assertThat(identity.token(secret)).isEmpty();
    }

    @Test
    void tokensSurviveARestart() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();

        assertThat(with(ACCOUNTS).token(secret)).isPresent();
    }

    @Test
    void tokensOfAUserWhoLeftAreInvalid() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();

        assertThat(with(new Accounts(List.of(DEMO, OTHER), List.of())).token(secret))
                .isEmpty();
    }

    @Test
    void tokensForAProjectTheUserLeftAreInvalid() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();
        Accounts moved = new Accounts(
                List.of(DEMO, OTHER), List.of(new UserAccount(ANN, HASH, Map.of(OTHER.id(), Set.of(Role.MEMBER)))));

        assertThat(with(moved).token(secret)).isEmpty();
    }

    @Test
    void theDatabaseDoesNotHoldTheSecret() {
        String secret = identity.login(RIGHT, IN_DEMO).secret();

        List<String> digests = database.read(handle -> handle.createQuery("SELECT digest FROM token")
                .mapTo(String.class)
                .list());
        assertThat(digests).hasSize(1).doesNotContain(secret).allMatch(digest -> digest.matches("[0-9a-f]{64}"));
    }

    @Test
    void expiredTokensAreSweptByTheNextLogin() {
        identity.login(RIGHT, IN_DEMO);
        clock.pass(Duration.ofHours(2));

        identity.login(RIGHT, IN_DEMO);

        int rows = database.read(handle -> handle.createQuery("SELECT count(*) FROM token")
                .mapTo(Integer.class)
                .one());
        assertThat(rows).isEqualTo(1);
    }

    @Test
    void idsFollowFromNames() {
        assertThat(Project.named("demo").id()).isEqualTo(DEMO.id()).isNotEqualTo(OTHER.id());
        assertThat(User.named("demo").id().value()).isNotEqualTo(DEMO.id().value());
    }

    @Test
    void namesAreUnique() {
        assertThatThrownBy(() -> new Accounts(List.of(DEMO, DEMO), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("demo");
    }

    private String refusal(Login login, Scope scope) {
        try {
            identity.login(login, scope);
        } catch (TresccadException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
            return e.getMessage();
        }
        throw new AssertionError("the login was accepted");
    }

    private Identity with(Accounts accounts) {
        return new Identity(accounts, database, clock, Identity.DEFAULT_TOKEN_LIFETIME);
    }

    private static final class TestingClock extends Clock {
        private Instant now = Instant.parse("2026-11-20T12:00:00Z");

        void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
