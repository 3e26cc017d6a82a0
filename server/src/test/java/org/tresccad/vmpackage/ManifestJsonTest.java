package org.tresccad.vmpackage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ManifestJsonTest {
    private static final Manifest MANIFEST =
            TestingPackages.manifest(EnumSet.complementOf(EnumSet.of(Member.AHEAD, Member.SNAPSHOT_AHEAD)));
    private static final String TEXT = new String(ManifestJson.write(MANIFEST, 1 << 20), StandardCharsets.UTF_8);

    private static Manifest read(String json) {
        return ManifestJson.read(json.getBytes(StandardCharsets.UTF_8)).toManifest();
    }

    private static void assertRefused(String json, String because) {
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> read(json))
                .withMessageContaining("manifest.json: ")
                .withMessageContaining(because);
    }

    private static String with(String old, String replacement) {
        assertThat(TEXT).contains(old);
        return TEXT.replace(old, replacement);
    }

    @Test
    void manifestSurvivesJson() {
        assertThat(read(TEXT)).isEqualTo(MANIFEST);
    }

    @Test
    void optionalFieldsAreAbsentWhenEmpty() {
        Manifest.Guest guest = MANIFEST.guest();
        Manifest.Hardware hardware = MANIFEST.hardware();
        Manifest bare = new Manifest(
                MANIFEST.identity(),
                MANIFEST.createdAt(),
                MANIFEST.generator(),
                new Manifest.Guest(guest.name(), guest.flavor(), Map.of(), Optional.empty(), Optional.empty(), true),
                new Manifest.Hardware(
                        hardware.platform(),
                        hardware.vcpus(),
                        hardware.memoryMib(),
                        hardware.firmware(),
                        Optional.empty(),
                        hardware.diskBytes(),
                        List.of(),
                        hardware.qemuVersion(),
                        hardware.libvirtVersion()),
                Optional.empty(),
                Set.of(Member.DISK));
        String json = new String(ManifestJson.write(bare, 4096), StandardCharsets.UTF_8);
        assertThat(json).doesNotContain("null", "base_image", "user_data", "\"key\"", "command_line");
        assertThat(read(json)).isEqualTo(bare);
    }

    @ParameterizedTest
    @CsvSource({"2", "0", "-1", "99999999999999999"})
    void otherFormatVersionIsRefusedNamingBoth(String version) {
        assertRefused(
                "{\"tresccad_package\": " + version + ", \"everything\": \"else is new\"}",
                "is of package format version " + version + ", this tresccad reads version 1");
    }

    @ParameterizedTest
    @CsvSource({"'{}'", "'{\"tresccad_package\": \"1\"}'", "'{\"tresccad_package\": 1.0}'"})
    void missingFormatVersionIsRefused(String json) {
        assertRefused(json, "has no format version");
    }

    @Test
    void unknownFieldsAreIgnored() {
        assertThat(read(with("\"critical\"", "\"colour\": {\"a\": [1, null]},\n  \"critical\"")))
                .isEqualTo(MANIFEST);
    }

    @Test
    void unknownFieldsThatAreCriticalAreRefusedByName() {
        assertRefused(
                with("\"critical\": []", "\"critical\": [\"encryption\", \"chunks\"]"),
                "requires features that this tresccad does not have: encryption, chunks");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"epoch\": 7 | \"epoch\": 7, \"epoch\": 8 | Duplicate",
                "\"epoch\": 7 | \"epoch\": null | identity.epoch: is missing, or is not of its type",
                "\"epoch\": 7 | \"epoch\": \"7\" | identity.epoch: is missing, or is not of its type",
                "\"epoch\": 7 | \"epoch\": 7.5 | identity.epoch: is missing, or is not of its type",
                "\"epoch\": 7 | \"epoch\": 0 | identity.epoch: 0 is not within 1 to",
                "\"epoch\": 7 | \"epoch\": 9007199254740992 | identity.epoch",
                "\"epoch\": 7 | \"epoch\": 99999999999999999999 | epoch",
                "\"epoch\": 7 | \"epoch\": 999999999999999999999999999 | exceeds the maximum",
                "\"epoch\": 7, | '' | identity.epoch: is missing, or is not of its type",
                "\"generator\": \"tresccad 1.0.0\" | \"generator\": 1 | generator: is missing",
                "\"generator\": \"tresccad 1.0.0\" | \"generator\": \"\" | generator: length",
                "\"generator\": \"tresccad 1.0.0\" | \"generator\": \"a\\nb\" | generator: has control characters",
                "\"name\": \"counter\" | \"name\": \"\\u0000\" | guest.name: has a NUL",
                "\"name\": \"counter\" | \"name\": \"\\ud800\" | is not valid Unicode",
                "\"part_size\": 1048576 | \"part_size\": 1048577 | part_size",
                "\"part_size\": 1048576 | \"part_size\": 33554432 | part_size",
                "\"part_size\": 1048576 | \"part_size\": 2048 | part_size",
                "\"part_size\": 1048576 | \"part_size\": -4096 | part_size",
                "\"part_size\": 1048576 | \"part_size\": 4294967296 | part",
                "\"kernel\", | '' | a ramdisk without a kernel",
                "\"kernel\" | \"ramdisk\" | one is there twice or out of order",
                "\"kernel\" | \"../kernel\" | no member is called ../kernel",
                "\"kernel\" | null | members",
                "2026-11-20T12:34:56.789Z | yesterday | created_at: not an instant",
                "2026-11-20T12:34:56.789Z | 1970-01-01T00:00:00Z | created_at: not a likely time",
                "3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11 | 1-1-1-1-1 | identity.lineage: not a UUID",
                "\"kind\": \"tresccad\" | \"kind\": \"elsewhere\" | identity.home.kind",
                "\"vcpus\": 1 | \"vcpus\": 0 | vcpus",
                "\"vcpus\": 1 | \"vcpus\": 5000 | vcpus",
                "\"memory_mib\": 128 | \"memory_mib\": 0 | memory_mib",
                "\"memory_mib\": 128 | \"memory_mib\": 16777217 | memory_mib",
                "\"disk_gib\": 1 | \"disk_gib\": -1 | disk_gib",
                "\"disk_bytes\": 1073741824 | \"disk_bytes\": -1 | disk_bytes",
                "\"disk_bytes\": 1073741824 | \"disk_bytes\": 1125899906842625 | disk_bytes",
                "\"virt_type\": \"qemu\" | \"virt_type\": \"xen\" | hardware.virt_type",
                "pc-i440fx-7.2 | pc | not a versioned machine type",
                "x86_64 | ../x86 | not an architecture",
                "\"svm\" | \"<svm/>\" | not a CPU model",
                "\"firmware\": \"bios\" | \"firmware\": \"/etc/passwd\" | hardware.firmware",
                "52:54:00:12:34:56 | 53:54:00:12:34:56 | not a unicast MAC address",
                "192.168.70.5 | 192.168.070.5 | not an IPv4 address",
                "\"role\": \"edge\" | \"role\": {} | role",
                "IyEvYmluL3NoCg== | not*base64 | guest.user_data: not base64",
                "\"disk_format\": \"qcow2\" | \"disk_format\": \"vmfs\" | base_image.disk_format"
            })
    void valueOutsideTheFormatIsRefusedWithItsName(String old, String replacement, String because) {
        assertRefused(with(old, replacement), because);
    }

    @Test
    void whatFollowsTheObjectIsRefused() {
        assertRefused(TEXT + "{}", "is not strict JSON");
    }

    @Test
    void deepNestingIsRefused() {
        assertRefused("{\"tresccad_package\": 1, \"x\": " + "[".repeat(100_000), "is not strict JSON");
    }

    @Test
    void badUtf8IsRefused() {
        byte[] bytes = TEXT.getBytes(StandardCharsets.ISO_8859_1);
        assertThatExceptionOfType(PackageInvalid.class).isThrownBy(() -> ManifestJson.read(bytes));
    }

    @Test
    void messageIsShortAndPrintableWhateverTheValue() {
        String hostile = "\\u001b[2J" + "x".repeat(100_000);
        assertThatExceptionOfType(PackageInvalid.class)
                .isThrownBy(() -> read(with("x86_64", hostile)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400).matches("\\p{Print}*"));
    }

    @Test
    void limitsHoldForWhoWritesToo() {
        Manifest.Guest guest = MANIFEST.guest();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Manifest.Guest(
                        "x".repeat(256), guest.flavor(), Map.of(), Optional.empty(), Optional.empty(), true));
        Map<String, String> tooMany = IntStream.range(0, 129).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Manifest.Guest("x", guest.flavor(), tooMany, Optional.empty(), Optional.empty(), true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Manifest.Guest(
                        "x", guest.flavor(), Map.of("k", "v".repeat(256)), Optional.empty(), Optional.empty(), true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Manifest.Guest(
                        "x", guest.flavor(), Map.of(), Optional.empty(), Optional.of("A".repeat(65536)), true));
        Manifest.Hardware h = MANIFEST.hardware();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Manifest.Hardware(
                        h.platform(),
                        1,
                        1,
                        "bios",
                        Optional.of("x".repeat(4097)),
                        1,
                        List.of(),
                        h.qemuVersion(),
                        h.libvirtVersion()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Manifest.Hardware(
                        h.platform(),
                        1,
                        1,
                        "bios",
                        Optional.empty(),
                        1,
                        List.of(h.nics().get(0), h.nics().get(0)),
                        h.qemuVersion(),
                        h.libvirtVersion()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestingPackages.manifest(Set.of()))
                .withMessageContaining("there are none");
    }
}
