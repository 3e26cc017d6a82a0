package org.tresccad.migration.peer;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.tresccad.client.Cloud;
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

    /** Whatever a cloud says instead of an answer means that nothing is known, also that it knows no such route. */
    private static <T> T known(Supplier<T> question) {
        try {
            return CloudCalls.call(question);
        } catch (TresccadException e) {
            ErrorKind kind = e.kind() == ErrorKind.TIMEOUT ? ErrorKind.TIMEOUT : ErrorKind.UNAVAILABLE;
            throw new TresccadException(kind, String.valueOf(e.getMessage()), e);
        }
    }
}
