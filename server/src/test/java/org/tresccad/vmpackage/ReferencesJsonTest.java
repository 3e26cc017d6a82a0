package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a manifest says of references. */
final class ReferencesJsonTest {
    private static final Reference.Content CONTENT = TestingDeltas.content(new byte[5]);
    private static final Reference.Kept KEPT = TestingDeltas.kept(Member.SNAPSHOT, new byte[6]);
    private static final Manifest MANIFEST =
            TestingDeltas.manifest(Set.of(Member.DISK), List.of(CONTENT, KEPT, TestingDeltas.AHEAD));
    private static final String TEXT = text(MANIFEST);

    /** Its JSON in one line. */
    private static String text(Manifest manifest) {
        return new String(ManifestJson.write(manifest, 4096), StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    }

    private static Manifest read(String json) {
        return ManifestJson.read(json.getBytes(StandardCharsets.UTF_8)).toManifest();
    }

    @Test
    void referencesSurviveJsonInTheirOrder() {
        assertThat(read(TEXT)).isEqualTo(MANIFEST);
        assertThat(read(TEXT).members()).containsExactlyInAnyOrder(Member.AHEAD, Member.DISK);
        assertThat(TEXT).contains("\"critical\": [ \"delta\" ]").doesNotContain("null");
    }

    @Test
    void manifestWithoutReferencesDoesNotSpeakOfThem() {
        Manifest whole = MANIFEST.relativeTo(List.of());
        assertThat(whole).isEqualTo(TestingPackages.manifest(Set.of(Member.DISK)));
        assertThat(text(whole)).contains("\"critical\": []").doesNotContain("delta");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[ \"delta\" ]|[ \"encryption\", \"delta\" ]|features that this tresccad does not have: encryption",
                "[ \"delta\" ]|[ \"delta\", \"delta\" ]|delta: must be there if and only if",
                "[ \"delta\" ]|[]|delta: must be there if and only if",
                "\"delta\": {|\"gamma\": {|delta: must be there if and only if",
                "\"kind\": \"content\"|\"kind\": \"path\"|unknown kind path",
                "\"kind\": \"content\"|\"kind\": \"ahead\"|one is there twice",
                "\"kind\": \"ahead\"|\"kind\": \"content\"|sha512: is missing",
                "\"sha512\": \"00|\"sha512\": \"GG|SHA-512",
                "\"size_bytes\": 5|\"size_bytes\": -5|delta.references.size_bytes: -5",
                "\"size_bytes\": 6|\"colour\": 6|size_bytes: is missing",
                "\"epoch\": 6|\"epoch\": 0|delta.references.epoch: 0",
                "\"member\": \"snapshot\"|\"member\": \"ahead\"|ahead is not kept",
                "\"member\": \"snapshot\"|\"member\": \"../x\"|delta.references.member: unknown",
                "[ \"ahead\", \"disk\" ]|[ \"disk\" ]|ahead is there if and only if it is referred to",
            })
    void whatTheFormatDoesNotAllowIsRefused(String old, String replacement, String because) {
        String sha512 = CONTENT.digest().sha512();
        String from = old.replace("\"sha512\": \"00", "\"sha512\": \"" + sha512.substring(0, 2));
        assertThat(TEXT).contains(from);
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> read(TEXT.replace(from, replacement)))
                .withMessageContaining(because);
    }

    @Test
    void moreReferencesThanTheFormatAllowsAreRefused() {
        List<Reference> many = LongStream.rangeClosed(0, Reference.MOST)
                .<Reference>mapToObj(size -> new Reference.Content(CONTENT.digest(), size))
                .toList();
        assertThat(MANIFEST.relativeTo(many.subList(0, Reference.MOST)).references())
                .hasSize(Reference.MOST);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MANIFEST.relativeTo(many))
                .withMessageContaining("delta.references: number");
    }

    @Test
    void whatGoesAheadAloneIsNoPackage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestingPackages.manifest(Set.of(Member.AHEAD)))
                .withMessageContaining("members: there are none");
    }
}
