package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;

/**
 * Manifests and trailers that anybody may have written: refused, or what was read of a manifest can be written and says
 * the same, and a trailer is that of what arrived.
 */
final class ManifestFuzzTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final Manifest WHOLE = TestingPackages.manifest(Set.of(Member.SNAPSHOT, Member.DISK));
    private static final Manifest RELATIVE = WHOLE.relativeTo(List.of(
            TestingDeltas.content(new byte[5]), TestingDeltas.kept(Member.DISK, new byte[7]), TestingDeltas.AHEAD));
    private static final List<String> CORRECT = List.of(text(WHOLE), text(RELATIVE));

    private static final List<String> WORDS = List.of(
            "{",
            "}",
            "[",
            "]",
            "[[[[[[[[[[[[[[[[[[",
            "null",
            "true",
            "-1",
            "0",
            "1.0",
            "1e999",
            "4096",
            "16777216",
            "2147483648",
            "9007199254740992",
            "99999999999999999999",
            "\"\"",
            "\"\\u0000\"",
            "\"\\u0085\"",
            "\"\\ud800\"",
            ",",
            ":",
            "\"snapshot\"",
            "\"critical\": [\"encryption\"]",
            "\"-999999999-01-01T00:00:00Z\"",
            "\"2026-11-20T12:34:60Z\"",
            "\ufeff",
            "/etc/shadow");

    private static String text(Manifest manifest) {
        return new String(ManifestJson.write(manifest, PackageLayout.MIN_PART_BYTES), StandardCharsets.UTF_8);
    }

    @Test
    @Timeout(60)
    void keptManifestsAreRefusedOrSayTheSameWhenWrittenAgain() {
        FuzzCorpus.replay(ManifestFuzzTest.class, 20, ManifestFuzzTest::fuzzerTestOneInput);
    }

    /** One byte for what the others are: changes of a correct manifest, a manifest, or a trailer. */
    public static void fuzzerTestOneInput(byte[] input) {
        FuzzInput choices = new FuzzInput(input);
        switch (choices.below(4)) {
            case 0 -> manifest(changed(CORRECT.get(0), choices));
            case 1 -> manifest(changed(CORRECT.get(1), choices));
            case 2 -> manifest(choices.rest());
            default -> trailer(choices.rest());
        }
    }

    private static byte[] changed(String text, FuzzInput choices) {
        String changed = text;
        for (int n = 0; n < 8 && !choices.isOver(); n++) {
            changed = choices.changed(changed, WORDS);
        }
        return changed.getBytes(StandardCharsets.UTF_8);
    }

    private static void manifest(byte[] utf8) {
        Manifest read;
        int partSize;
        try {
            ManifestJson json = ManifestJson.read(utf8);
            partSize = json.partSize();
            read = json.toManifest();
        } catch (PackageInvalid e) {
            return;
        }
        assertThat(PackageLayout.isPartSize(partSize)).isTrue();
        assertThat(ManifestJson.read(ManifestJson.write(read, partSize)).toManifest())
                .isEqualTo(read);
    }

    private static void trailer(byte[] utf8) {
        TrailerJson arrived = TrailerJson.of(DIGEST, Map.of(Member.DISK, new PackageSummary.Content(1, 1, DIGEST)));
        try {
            TrailerJson read = TrailerJson.read(utf8);
            read.verify(arrived);
            assertThat(read).isEqualTo(arrived);
        } catch (PackageInvalid e) {
            assertThat(e.entry()).isEqualTo(PackageLayout.TRAILER);
        }
    }
}
