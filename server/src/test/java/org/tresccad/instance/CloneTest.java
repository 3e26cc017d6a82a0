package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.error.TresccadException;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.network.Port;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor.Operation;

/** Other instances that begin where a saved one was frozen. */
class CloneTest {
    private MortalHosts hosts;
    private MortalHost a;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        a = hosts.a;
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aCloneRunsBesideTheSavedOneWithAnIdentityOfItsOwn() {
        Instance guest = hosts.boot(a);
        Port port = port(guest);
        ImageId image = hosts.saved(a, guest);
        Instance clone = clone(image, "copy");
        hosts.awaitQuiet("the clone");
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the restore");

        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(hosts.watch.running()).containsExactlyInAnyOrder(guest.name(), "copy");
        Instance copy = a.life().host.instances.find(clone.id()).orElseThrow();
        assertThat(copy.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(copy.epoch().number()).isZero();
        assertThat(copy.epoch().lineage()).isNotEqualTo(guest.epoch().lineage());
        assertThat(port(copy).mac()).isNotEqualTo(port.mac());
        assertThat(port(copy).address()).isNotEqualTo(port.address());
        assertThat(port(MortalHosts.on(a, guest)).mac()).isEqualTo(port.mac());
        assertThat(a.life().host.hypervisor.calls())
                .containsSubsequence("resume " + copy.domain(), "replaceNic " + copy.domain());
    }

    @Test
    void aPackageThatRunsIsClonedAsOftenAsOneLikes() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the restore");
        clone(image, "one");
        clone(image, "two");
        hosts.awaitQuiet("the clones");
        assertThat(hosts.watch.running()).containsExactlyInAnyOrder(guest.name(), "one", "two");
        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(MortalHosts.on(a, guest).epoch()).isEqualTo(guest.epoch().next());
    }

    @Test
    void aCloneIsMovedLikeAnyOther() {
        Instance guest = hosts.boot(a);
        Instance clone = clone(hosts.saved(a, guest), "copy");
        hosts.awaitQuiet("the clone");
        hosts.move(a, hosts.b, clone);
        hosts.awaitQuiet("the move");
        hosts.assertOneHasIt("the move", clone);
        assertThat(hosts.owner(clone)).isSameAs(hosts.b);
        assertThat(hosts.watch.running()).containsExactly("copy");
    }

    @Test
    void aCloneWhoseCardIsNotLetGoOfRunsAllTheSame() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        a.life().host.hypervisor.refuseNext(Operation.LINK);
        clone(image, "copy");
        hosts.awaitQuiet("the clone");
        assertThat(hosts.watch.running()).containsExactly("copy");
    }

    @Test
    void aHostThatDiesOverACloneLeavesNothingOfItOrAllOfIt() {
        Instance guest = hosts.boot(a);
        ImageId image = hosts.saved(a, guest);
        boolean hasDied = true;
        for (int point = 0; hasDied; point++) {
            String story = "the host dies at point " + point;
            a.life().points.dieAt(point);
            MortalHosts.unlessItDies(() -> clone(image, "copy"));
            hosts.awaitDeathOr(story, hosts::isQuiet);
            hasDied = a.life().points.isDead();
            a.life().points.dieAt(Integer.MAX_VALUE);
            hosts.reviveTheDead();
            hosts.awaitQuiet(story);
            assertThat(hosts.watch.violations()).as(story).isEmpty();
            a.life().host.instances.all().forEach(left -> {
                assertThat(left.status()).as(story).isIn(InstanceStatus.ACTIVE, InstanceStatus.ERROR);
                assertThat(hosts.watch.running().contains("copy"))
                        .as(story)
                        .isEqualTo(left.status() == InstanceStatus.ACTIVE);
                a.life().host.delete.discard(left);
            });
            assertThat(a.domains.domains()).as(story).isEmpty();
            assertThat(a.life().host.network.ports()).as(story).isEmpty();
        }
        a.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
        hosts.awaitQuiet("the restore");
        hosts.assertOneHasIt("the restore", guest);
    }

    @Test
    void whatAMoveSendsIsNotCloned() {
        ImageId image = a.images
                .add(
                        TestingHost.MEMBER,
                        NewImage.of("passing", DiskFormat.RAW, Map.of("tresccad_move", "1")),
                        new byte[] {1})
                .id();
        assertThatThrownBy(() -> clone(image, "copy"))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining("on its way by a move");
    }

    private Instance clone(ImageId image, String name) {
        return a.life().restore.restore(TestingHost.MEMBER, image, Optional.of(name), ArrivalKind.CLONE);
    }

    private Port port(Instance instance) {
        return a.life().host.network.portOf(instance.holder()).orElseThrow();
    }
}
