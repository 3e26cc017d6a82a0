package org.tresccad.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.instance.Instance;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingBox;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor.Operation;
import org.tresccad.testing.TestingInternet.Fate;

/** A host that cannot be called fetches what is addressed to it, whatever happens meanwhile: one guest runs. */
class InboxTest {
    private MortalHosts hosts;
    private MortalHost a;
    private MortalHost b;
    private TestingBox box;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
        b = hosts.b;
        box = hosts.internet.box(a, b);
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aGuestThatIsAddressedToAHostRunsThereAndLeavesNoPackage() {
        Instance guest = saved();
        awaitArrived("the arrival");
        assertThat(hosts.owner(guest)).isSameAs(b);
        hosts.assertOneRuns("the arrival", guest);
        assertThat(box.complaints).isEmpty();
    }

    @Test
    void whatFailsIsToldAndTriedAgain() {
        Instance guest = saved();
        b.life().host.hypervisor.refuseNext(Operation.RESTORE);
        awaitArrived("the second try");
        hosts.assertOneRuns("the second try", guest);
        assertThat(box.complaints).isNotEmpty();
    }

    @Test
    void aBaseImageThatIsNotHereComesFromWhereThePackageLies() {
        Instance guest = saved();
        b.images.discard(b.base);
        awaitArrived("the arrival");
        hosts.assertOneHasIt("the arrival", guest);
        assertThat(hosts.watch.running()).containsExactly(guest.name());
    }

    @Test
    void aPackageThatWasRestoredElsewhereIsLeftWhereItIs() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the other restore");
        MortalHosts.awaitThat("a complaint", () -> {
            b.life().inbox.look();
            return !box.complaints.isEmpty();
        });
        assertThat(hosts.watch.running()).containsExactly(guest.name());
        assertThat(a.packages()).hasSize(1);
    }

    @Test
    void anImageHereThatHasThePackagesIdStays() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the other restore");
        b.images.create(
                TestingHost.STRANGER,
                NewImage.of("theirs", DiskFormat.RAW, Map.of("tresccad_package", "1"))
                        .withId(image));
        MortalHosts.awaitThat("a complaint", () -> {
            b.life().inbox.look();
            return !box.complaints.isEmpty();
        });
        assertThat(b.images.get(TestingHost.STRANGER, image).name()).isEqualTo("theirs");
    }

    @Test
    void aHostThatDiesAtAnyPointLosesNothing() {
        boolean hasDied = true;
        for (int point = 0; hasDied; point++) {
            Instance guest = saved();
            b.life().points.dieAt(point);
            hosts.awaitDeathOr("point " + point, () -> {
                b.life().inbox.look();
                return isOver();
            });
            hasDied = b.life().points.isDead();
            String story = "b dies at point " + point + " of " + b.life().points.passed();
            b.life().points.dieAt(Integer.MAX_VALUE);
            if (hasDied) {
                b.end(false);
                b.revive().recover();
            }
            awaitArrived(story);
            hosts.assertOneRuns(story, guest);
            hosts.forget(guest);
        }
    }

    @Test
    void anyMessageMayBeLostDoubledOrLate() {
        for (Fate fate : List.of(Fate.REQUEST_LOST, Fate.ANSWER_LOST, Fate.DOUBLED, Fate.LATE)) {
            boolean wasReached = true;
            for (int number = 0; wasReached; number++) {
                int doomed = number;
                String story = "message " + number + " is " + fate;
                Instance guest = saved();
                hosts.internet.decide(n -> n == doomed ? fate : Fate.ANSWERED);
                awaitArrived(story);
                wasReached = hosts.internet.sent().size() > number;
                hosts.internet.deliverLate();
                hosts.internet.heal();
                hosts.awaitQuiet(story);
                hosts.assertOneRuns(story, guest);
                hosts.forget(guest);
            }
        }
    }

    private Instance saved() {
        Instance guest = hosts.boot(a);
        hosts.saved(a, guest);
        return guest;
    }

    private void awaitArrived(String story) {
        MortalHosts.awaitThat(story, () -> {
            b.life().inbox.look();
            b.life().keepHouse();
            return isOver();
        });
    }

    private boolean isOver() {
        return a.packages().isEmpty() && hosts.isQuiet();
    }
}
