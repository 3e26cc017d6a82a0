package org.tresccad.client.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.TestingCloud.Answer;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.handover.Decision.Claimed;
import org.tresccad.client.handover.Decision.Unreadable;

class GlanceRegisterTest extends RegisterContract {
    private static final FrozenEpoch EPOCH = new FrozenEpoch(
            UUID.fromString("11111111-1111-4111-8111-111111111111"),
            3,
            UUID.fromString("22222222-2222-4222-8222-222222222222"));

    private TestingCloud there;
    private Cloud cloud;

    @BeforeEach
    void start() throws IOException {
        there = new TestingCloud();
        cloud = there.connect();
    }

    @AfterEach
    void stop() {
        cloud.close();
        there.close();
    }

    @Override
    Cloud member() {
        return cloud;
    }

    /** Values of Python's {@code uuid.uuid5}, by which the plugin makes them. */
    @Test
    void idsAreThoseThatThePluginMakes() {
        assertThat(NamedIds.ofUrl("http://198.18.1.11:9292"))
                .isEqualTo(UUID.fromString("c1d04f7f-91d5-5832-8c0a-7cbe378d1c21"));
        assertThat(EPOCH.record(0)).isEqualTo(UUID.fromString("88e0aae5-81cb-57bd-8f0e-c1635a93dd0a"));
        assertThat(EPOCH.record(2)).isEqualTo(UUID.fromString("c9643054-c5f3-5343-83e4-35ad1c774f4a"));
    }

    @Test
    void theHomeIsTheCatalogsPublicAddressWithoutALastSlash() {
        assertThat(cloud.register().home().url()).isEqualTo(there.url() + "/image");
        assertThat(cloud.register().home().id()).isEqualTo(NamedIds.ofUrl(there.url() + "/image"));
    }

    @Test
    void aClaimWhoseAnswerWasLostIsOursWhenAskedAgain() {
        UUID claimant = UUID.randomUUID();
        there.script("POST /image/v2/images", Answer.text(504, "text/html", "<h1>504</h1>"));
        assertThatThrownBy(() -> cloud.register().claim(EPOCH, claimant)).isInstanceOf(CloudException.class);
        there.images.records.put(
                EPOCH.record(0).toString(),
                Map.of(
                        "id", EPOCH.record(0).toString(),
                        "status", "queued",
                        "tresccad_handover", "1",
                        "tresccad_lineage", EPOCH.lineage().toString(),
                        "tresccad_epoch", "3",
                        "tresccad_verdict", "claimed",
                        "tresccad_claimant", claimant.toString()));
        there.script("POST /image/v2/images", Answer.text(409, "text/html", "<h1>409</h1>"));
        assertThat(cloud.register().claim(EPOCH, claimant)).isEqualTo(new Claimed(claimant, false, false));
    }

    @Test
    void anotherImageInThePlaceOfTheRecordLetsNobodyRun() {
        there.images.records.put(
                EPOCH.record(0).toString(),
                Map.of(
                        "id", EPOCH.record(0).toString(),
                        "status", "queued",
                        "tresccad_handover", "1",
                        "tresccad_lineage", UUID.randomUUID().toString(),
                        "tresccad_epoch", "3",
                        "tresccad_verdict", "withdrawn"));
        there.script("POST /image/v2/images", Answer.text(409, "text/html", "<h1>409</h1>"));
        assertThat(cloud.register().withdraw(EPOCH)).isInstanceOf(Unreadable.class);
    }

    @Test
    void whoMayNotMakeRecordsKnowsNothing() {
        there.script("POST /image/v2/images", Answer.text(403, "text/html", "<h1>403 Forbidden</h1>"));
        assertThatThrownBy(() -> cloud.register().claim(EPOCH, UUID.randomUUID()))
                .isInstanceOf(CloudException.class)
                .hasMessageContaining("403");
    }
}
