package org.tresccad.identity;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * An Argon2id hash of a password, as PHC string
 * ({@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}). New hashes take the parameters OWASP recommends: 19 MiB, two
 * passes, one lane. At most two hashes are computed at a time in this process, so a flood of logins costs patience and
 * not memory.
 *
 * @see <a href="https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html">OWASP</a>
 */
public record PasswordHash(String phc) {
    private static final int MEMORY_KIB = 19456;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int BYTES = 32;
    private static final int SALT_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Semaphore COMPUTING = new Semaphore(2, true);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Checks the form. */
    public PasswordHash {
        if (!phc.matches(
                "\\$argon2id\\$v=19\\$m=[0-9]{1,7},t=[0-9]{1,3},p=[0-9]{1,2}\\$[A-Za-z0-9+/]+\\$[A-Za-z0-9+/]+")) {
            throw new IllegalArgumentException("not an Argon2id hash in PHC form ($argon2id$v=19$m=...)");
        }
    }

    /** The hash of {@code password} with a fresh random salt. */
    public static PasswordHash of(String password) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return limited(() -> new PasswordHash(Argon2Function.getInstance(MEMORY_KIB, PASSES, LANES, BYTES, Argon2.ID)
                .hash(password.getBytes(StandardCharsets.UTF_8), salt)
                .getResult()));
    }

    /**
     * Whether {@code password} is the hashed one; takes the same time whatever is wrong with it.
     *
     * @throws TresccadException UNAVAILABLE when too many logins are waiting
     */
    public boolean verify(String password) {
        return limited(() -> Argon2Function.getInstanceFromHash(phc).check(password, phc));
    }

    /** Never shows the hash. */
    @Override
    public String toString() {
        return "PasswordHash[hidden]";
    }

    private interface Computation<T> {
        T compute();
    }

    private static <T> T limited(Computation<T> computation) {
        boolean admitted = false;
        try {
            admitted = COMPUTING.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!admitted) {
            throw new TresccadException(ErrorKind.UNAVAILABLE, "Too many logins at once. Try again in some seconds.");
        }
        try {
            return computation.compute();
        } finally {
            COMPUTING.release();
        }
    }
}
