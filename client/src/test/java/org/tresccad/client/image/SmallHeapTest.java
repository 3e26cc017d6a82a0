package org.tresccad.client.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.tresccad.client.Cloud;
import org.tresccad.client.TestingCloud;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.config.Credentials;
import org.tresccad.client.config.Principal;
import org.tresccad.client.config.Secret;
import org.tresccad.client.config.Trust;
import org.tresccad.client.transfer.Watch;

class SmallHeapTest {
    private static final long BYTES = 256L << 20;

    @Test
    void aQuarterGibibytePassesThroughAHeapOf24Mebibytes() throws Exception {
        try (TestingCloud there = new TestingCloud()) {
            Process uploader = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx24m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Uploader.class.getName(),
                            there.url())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(uploader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(uploader.waitFor()).as(output).isZero();
            assertThat(there.images.received).hasValue(BYTES);
            assertThat(there.images.completed).hasValue(1);
        }
    }

    /** Runs in a process of its own. */
    static final class Uploader {
        private Uploader() {}

        public static void main(String[] arguments) {
            CloudConfig config = new CloudConfig(
                    "big",
                    new Credentials(
                            URI.create(arguments[0] + "/identity"),
                            Principal.named("demo", Principal.DEFAULT_DOMAIN),
                            new Secret(TestingCloud.PASSWORD),
                            Principal.named("home", Principal.DEFAULT_DOMAIN)),
                    CloudConfig.Endpoints.PUBLIC,
                    Trust.SYSTEM,
                    Optional.empty(),
                    List.of());
            try (Cloud cloud = Cloud.of(config, TestingCloud.SHORT, Clock.systemUTC())) {
                Image made = cloud.images().create(NewImage.bare("big", "raw", Map.of()));
                cloud.images().upload(made.id(), Uploader::write, OptionalLong.of(BYTES), Watch.none());
            }
        }

        private static void write(OutputStream out) throws IOException {
            byte[] block = new byte[1 << 20];
            for (long done = 0; done < BYTES; done += block.length) {
                out.write(block);
            }
        }
    }
}
