package org.tresccad.identity;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.state.Database;

/**
 * Logins and tokens. Tokens survive a restart; one whose user, project or role has left the configuration is invalid
 * from the next start on. Safe for any thread.
 */
public final class Identity {
    /** How long a token lives unless configured otherwise. */
    public static final Duration DEFAULT_TOKEN_LIFETIME = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
    private static final int SECRET_BYTES = 32;

    private final Accounts accounts;
    private final Database database;
    private final Clock clock;
    private final Duration tokenLifetime;
    private final SecureRandom random = new SecureRandom();
    /** Checked when the user is unknown, so that an unknown name takes as long as a wrong password. */
    private final PasswordHash nobody;

    /** The service over {@code accounts}; sweeps expired tokens at once and with every login. */
    public Identity(Accounts accounts, Database database, Clock clock, Duration tokenLifetime) {
        if (tokenLifetime.isNegative() || tokenLifetime.isZero()) {
            throw new IllegalArgumentException("a token must live for some time: " + tokenLifetime);
        }
        this.accounts = accounts;
        this.database = database;
        this.clock = clock;
        this.tokenLifetime = tokenLifetime;
        this.nobody = PasswordHash.of(randomText(SECRET_BYTES));
        database.execute(transaction -> TokenRows.deleteExpired(transaction, now()));
    }

    /** Who and what is configured. */
    public Accounts accounts() {
        return accounts;
    }

    /**
     * Makes a token.
     *
     * @throws TresccadException UNAUTHENTICATED, with the same words whatever was wrong
     */
    public IssuedToken login(Login login, Scope scope) {
        if (login instanceof Login.ByPassword byPassword) {
            UserAccount account = checked(byPassword);
            Instant now = now();
            return issue(account, scope, List.of("password"), now, now.plus(tokenLifetime));
        }
        Login.ByToken byToken = (Login.ByToken) login;
        Token old = token(byToken.secret()).orElseThrow(Identity::refused);
        UserAccount account = accounts.user(old.user().id()).orElseThrow(Identity::refused);
        List<String> methods = Stream.concat(Stream.of("token"), old.methods().stream())
                .distinct()
                .toList();
        return issue(account, scope, methods, now(), old.expiresAt());
    }

    /** What the token with this secret says, if it is valid. */
    public Optional<Token> token(String secret) {
        return database.read(handle -> TokenRows.find(handle, TokenRows.digestOf(secret)))
                .filter(row -> row.expiresAt().isAfter(now()))
                .flatMap(this::resolve);
    }

    /** Makes the token with this secret invalid, for good. */
    public void revoke(String secret) {
        database.execute(transaction -> TokenRows.delete(transaction, TokenRows.digestOf(secret)));
    }

    /** The projects in which a user has a role, by name. */
    public List<Project> projectsOf(UserId user) {
        Set<ProjectId> ids =
                accounts.user(user).map(account -> account.roles().keySet()).orElse(Set.of());
        return accounts.projects().stream()
                .filter(project -> ids.contains(project.id()))
                .toList();
    }

    private UserAccount checked(Login.ByPassword login) {
        Optional<UserAccount> account = login.byId()
                ? accounts.users().stream()
                        .filter(candidate -> candidate.user().id().value().equals(login.idOrName()))
                        .findFirst()
                : accounts.userNamed(login.idOrName());
        boolean matches = account.map(UserAccount::password).orElse(nobody).verify(login.password());
        if (account.isEmpty() || !matches) {
            LOG.info("login refused: {}", account.isEmpty() ? "unknown user" : "wrong password");
            throw refused();
        }
        return account.get();
    }

    private IssuedToken issue(UserAccount account, Scope scope, List<String> methods, Instant now, Instant expiresAt) {
        Optional<Project> project = scope.in(accounts);
        if (!(scope instanceof Scope.Unscoped)
                && project.filter(p -> account.roles().containsKey(p.id())).isEmpty()) {
            LOG.info(
                    "login refused: user {} has no role in the project asked for",
                    account.user().id());
            throw refused();
        }
        String secret = randomText(SECRET_BYTES);
        TokenRows.Row row = new TokenRows.Row(
                TokenRows.digestOf(secret),
                account.user().id(),
                project.map(Project::id),
                methods,
                randomText(16),
                now,
                expiresAt);
        database.execute(transaction -> {
            TokenRows.deleteExpired(transaction, now);
            TokenRows.insert(transaction, row);
        });
        return new IssuedToken(secret, resolve(row).orElseThrow(Identity::refused));
    }

    private Optional<Token> resolve(TokenRows.Row row) {
        Optional<UserAccount> account = accounts.user(row.user());
        Optional<Project> project = row.project().flatMap(accounts::project);
        Set<Role> roles = project.flatMap(p -> account.map(a -> a.roles().getOrDefault(p.id(), Set.of())))
                .orElse(Set.of());
        boolean scopeIsGone = row.project().isPresent() && roles.isEmpty();
        if (account.isEmpty() || scopeIsGone) {
            return Optional.empty();
        }
        return Optional.of(new Token(
                account.get().user(), project, roles, row.methods(), row.auditId(), row.issuedAt(), row.expiresAt()));
    }

    private String randomText(int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(value);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static TresccadException refused() {
        return new TresccadException(
                ErrorKind.UNAUTHENTICATED,
                "The request you have made requires authentication: user, password or project is wrong.");
    }
}
