package org.tresccad.client.handover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.config.Clouds;
import org.tresccad.client.config.Environment;
import org.tresccad.client.handover.Decision.Unreadable;

/** The register in a real Glance: the clouds {@code demo} and {@code stranger} of {@code bin/openstack}. */
class GlanceRegisterIT extends RegisterContract {
    private Cloud demo;
    private Cloud stranger;

    @BeforeEach
    void connect() {
        Clouds clouds = Clouds.load(Environment.ofProcess());
        demo = Cloud.of(clouds.cloud("demo"));
        stranger = Cloud.of(clouds.cloud("stranger"));
    }

    @AfterEach
    void close() {
        demo.close();
        stranger.close();
    }

    @Override
    Cloud member() {
        return demo;
    }

    @Test
    void whatAnotherProjectHasDecidedIsDecidedAndCannotBeRead() {
        FrozenEpoch epoch = new FrozenEpoch(UUID.randomUUID(), 1, UUID.randomUUID());
        stranger.register().claim(epoch, UUID.randomUUID());
        assertThat(demo.register().claim(epoch, UUID.randomUUID())).isInstanceOf(Unreadable.class);
        assertThat(demo.register().find(epoch)).isEmpty();
    }
}
