package org.tresccad.migration.peer;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.tresccad.client.Cloud;
import org.tresccad.client.error.CloudUnauthorized;
import org.tresccad.client.handover.Decision;
import org.tresccad.client.handover.FrozenEpoch;
import org.tresccad.cloud.CloudCalls;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Claimant;
import org.tresccad.handover.Epoch;
import org.tresccad.handover.ForeignRegister;
import org.tresccad.handover.Verdict;
import org.tresccad.instance.Homes;
import org.tresccad.vmpackage.Manifest;

/** The Glance of an OpenStack as a home, through the client library. */
final class GlanceHome implements ForeignRegister, Homes.Home {
    /** The kind in manifests. */
    static final String KIND = "glance";

    private final Cloud cloud;

    GlanceHome(Cloud cloud) {
        this.cloud = cloud;
    }

    /** What manifests call it. */
    static Manifest.Home of(Cloud cloud) {
        return known(() -> {
            var home = cloud.register().home();
            return new Manifest.Home(KIND, home.id(), home.url());
        });
    }

    @Override
    public Verdict claim(Epoch epoch, UUID nonce, Claimant claimant) {
        return verdict(epoch, known(() -> cloud.register().claim(frozen(epoch, nonce), claimant.value())));
    }

    @Override
    public Verdict withdraw(Epoch epoch, UUID nonce) {
        return verdict(epoch, known(() -> cloud.register().withdraw(frozen(epoch, nonce))));
    }

    /**
     * Closes an epoch that was given up, as far as it is open: from then on nobody can claim it. What was claimed before
     * stands, and cannot be told anything.
     *
     * @return false while nothing is known
     */
    boolean close(Epoch epoch, UUID nonce) {
        try {
            withdraw(epoch, nonce);
            return true;
        } catch (TresccadException e) {
            return e.kind() == ErrorKind.FORBIDDEN;
        }
    }

    @Override
    public Optional<Standing> find(Epoch epoch, UUID nonce) {
        return known(() -> cloud.register().find(frozen(epoch, nonce))).map(decision -> {
            boolean isRunning = decision instanceof Decision.Claimed claimed && claimed.isRunning();
            boolean isReturned = decision instanceof Decision.Claimed claimed && claimed.isReturned();
            return new Standing(verdict(epoch, decision), isRunning, isReturned);
        });
    }

    @Override
    public void tellRunning(Epoch epoch, UUID nonce, Claimant claimant) {
        known(() -> {
            cloud.register().tellRunning(frozen(epoch, nonce), claimant.value());
            return true;
        });
    }

    private Verdict verdict(Epoch epoch, Decision decision) {
        if (decision instanceof Decision.Claimed claimed) {
            return new Verdict.Claimed(new Claimant(claimed.by()));
        }
        if (decision instanceof Decision.Unreadable unreadable) {
            throw new TresccadException(
                    ErrorKind.FORBIDDEN,
                    "Epoch " + epoch + " is decided in the image service of '" + cloud.name()
                            + "', but what was decided cannot be read: " + unreadable.why() + ".");
        }
        return new Verdict.Withdrawn();
    }

    private static FrozenEpoch frozen(Epoch epoch, UUID nonce) {
        return new FrozenEpoch(epoch.lineage().value(), epoch.number(), nonce);
    }

    /**
     * Whatever a cloud says instead of an answer means that nothing is known, also that it knows no such route. A cloud that
     * refuses is there all the same, which CONFLICT says: nobody may give it up for lost.
     */
    private static <T> T known(Supplier<T> question) {
        try {
            return CloudCalls.call(question);
        } catch (TresccadException e) {
            boolean refuses = e.kind() == ErrorKind.CONFLICT || e.getCause() instanceof CloudUnauthorized;
            ErrorKind otherwise = e.kind() == ErrorKind.TIMEOUT ? ErrorKind.TIMEOUT : ErrorKind.UNAVAILABLE;
            throw new TresccadException(refuses ? ErrorKind.CONFLICT : otherwise, String.valueOf(e.getMessage()), e);
        }
    }
}
