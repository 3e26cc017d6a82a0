package org.tresccad.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.handover.Register;
import org.tresccad.handover.Verdict;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.NewImage;
import org.tresccad.network.MacAddress;
import org.tresccad.testing.MortalHost;
import org.tresccad.testing.MortalHosts;
import org.tresccad.testing.TestingHost;
import org.tresccad.testing.TestingHypervisor;
import org.tresccad.testing.TestingLegacyPackage;

/** Packages of 2014, restored by the same route as any other. */
final class RestoreLegacyPackageTest {
    private static final String CACHED = "/opt/stack/data/nova/instances/_base/0123";

    private MortalHosts hosts;
    private MortalHost host;
    private Image base;

    @BeforeEach
    void open() {
        hosts = new MortalHosts();
        host = hosts.a;
        base = host.images.add(
                TestingHost.MEMBER,
                NewImage.of("a base", DiskFormat.RAW, Map.of()),
                "its content".getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aPackageOf2014RunsOnTheBaseItsOwnerNames() {
        Instance restored = restored(uploaded(TestingLegacyPackage.on(CACHED), baseNamed()));

        assertThat(restored.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(restored.name()).isEqualTo("instance-0000002a");
        assertThat(restored.epoch().number()).isOne();
        assertThat(restored.spec().base()).isEqualTo(base.content().digest().orElseThrow());
        assertThat(restored.spec().diskBytes()).isEqualTo(TestingLegacyPackage.DISK_BYTES);
        assertThat(restored.spec().flavor().memoryMib()).isEqualTo(128);
        assertThat(restored.spec().boot().orElseThrow().commandLine()).isEqualTo("console=ttyS0");
        assertThat(host.life()
                        .host
                        .network
                        .portOf(restored.holder())
                        .orElseThrow()
                        .mac())
                .isEqualTo(new MacAddress("52:54:00:12:34:56"));
        assertThat(host.domains.running()).containsExactly(restored.domain());
        assertThat(hosts.watch.violations()).isEmpty();
        assertThat(host.life().host.files.directory(restored.id()).resolve("libvirt.xml"))
                .doesNotExist();
    }

    @Test
    void itsEpochIsDecidedHereOnce() {
        Instance restored = restored(uploaded(TestingLegacyPackage.on(CACHED), baseNamed()));
        Optional<Register.Entry> entry = host.life()
                .host
                .database
                .read(handle -> host.life().host.register.find(handle, restored.epoch()));
        assertThat(entry.orElseThrow().verdict().orElseThrow()).isInstanceOf(Verdict.Claimed.class);
    }

    @Test
    void theSamePackageRunsOnceAlsoAfterItsInstanceIsGone() {
        ImageId first = uploaded(TestingLegacyPackage.on(CACHED), baseNamed());
        ImageId again = uploaded(TestingLegacyPackage.on(CACHED), baseNamed());
        Instance restored = restored(first);
        assertThatThrownBy(() -> restore(again)).hasMessageContaining("restored here before");
        host.life().host.delete.discard(restored);
        assertThatThrownBy(() -> restore(first)).hasMessageContaining("restored here before");
        assertThat(host.domains.domains()).isEmpty();
    }

    @Test
    void aTryThatFailedDoesNotUseThePackageUp() {
        ImageId image = uploaded(TestingLegacyPackage.on(CACHED), baseNamed());
        host.life().host.hypervisor.refuseNext(TestingHypervisor.Operation.RESTORE);
        restore(image);
        hosts.awaitQuiet("the failure");
        Instance failed = host.life().host.instances.all().get(0);
        assertThat(failed.status()).isEqualTo(InstanceStatus.ERROR);
        host.life().host.delete.discard(failed);
        assertThat(restored(image).status()).isEqualTo(InstanceStatus.ACTIVE);
    }

    @Test
    void theBaseIsFoundByNamesThatMeanOneContent() throws Exception {
        String id = base.id().toString();
        String sha1 = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-1").digest(id.getBytes(StandardCharsets.US_ASCII)));
        for (String name : List.of(
                "/var/lib/nova/_base/" + sha1,
                "/images/" + id,
                "../../content/ab/" + base.content().digest().orElseThrow())) {
            Instance restored = restored(uploaded(TestingLegacyPackage.on(name), Map.of()));
            assertThat(restored.spec().base())
                    .as(name)
                    .isEqualTo(base.content().digest().orElseThrow());
            host.life().host.delete.discard(restored);
        }
    }

    @Test
    void aBaseThatNothingNamesIsAskedFor() {
        assertRefused(uploaded(TestingLegacyPackage.on(CACHED), Map.of()), ErrorKind.CONFLICT, "tresccad_base_image");
        assertRefused(
                uploaded(TestingLegacyPackage.on("/etc/shadow"), Map.of()), ErrorKind.CONFLICT, "tresccad_base_image");
        assertRefused(uploaded(TestingLegacyPackage.on("a base"), Map.of()), ErrorKind.CONFLICT, "tresccad_base_image");
        assertRefused(
                uploaded(TestingLegacyPackage.on(CACHED), Map.of("tresccad_base_image", "../../etc/shadow")),
                ErrorKind.CONFLICT,
                "not the id of an image");
    }

    @Test
    void whatIsNoFileIsNoBaseAlsoWhenOneIsNamed() {
        for (String name : List.of("nbd://127.0.0.1/x", "json:{\"file.driver\":\"http\"}", "ssh:x")) {
            assertRefused(uploaded(TestingLegacyPackage.on(name), baseNamed()), ErrorKind.INVALID_CONTENT, "no file");
        }
    }

    @Test
    void anImageThatTheCallerDoesNotSeeIsNoBase() {
        Image foreign = host.images.add(
                TestingHost.ADMIN, NewImage.of("another's", DiskFormat.RAW, Map.of()), new byte[] {1, 2, 3});
        assertThat(host.images.list(TestingHost.MEMBER)).extracting(Image::id).doesNotContain(foreign.id());
        assertRefused(
                uploaded(
                        TestingLegacyPackage.on(CACHED),
                        Map.of("tresccad_base_image", foreign.id().toString())),
                ErrorKind.NOT_FOUND,
                foreign.id().toString());
        assertRefused(
                uploaded(
                        TestingLegacyPackage.on(
                                "/x/" + foreign.content().digest().orElseThrow()),
                        Map.of()),
                ErrorKind.CONFLICT,
                "tresccad_base_image");
    }

    @Test
    void aDiskThatStandsAloneNeedsNoBase() {
        Instance restored = restored(uploaded(
                TestingLegacyPackage.on(CACHED).with("disk", TestingLegacyPackage.qcow2(Optional.empty())), Map.of()));
        assertThat(restored.status()).isEqualTo(InstanceStatus.ACTIVE);
        assertThat(host.life()
                        .host
                        .contents
                        .find(restored.spec().base())
                        .orElseThrow()
                        .sizeBytes())
                .isEqualTo(512);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pc-i440fx-7.2 | pc-i440fx-1.4 | no machine type",
                "qemu64 | EPYC-Milan | cannot run on this host",
                "type='qemu' | type='kvm' | this host on",
                "131072 | 999999999 | memory"
            })
    void aGuestThatCannotRunHereIsRefusedWithTheReason(String before, String after, String why) {
        ImageId image = uploaded(
                TestingLegacyPackage.on(CACHED)
                        .saying(TestingLegacyPackage.xml().replace(before, after)),
                baseNamed());
        assertThatThrownBy(() -> restore(image))
                .isInstanceOf(TresccadException.class)
                .hasMessageContaining(why);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<domain type | <!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/shadow\">]><domain type",
                "</domain> | <q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/></domain>",
                "</devices> | <hostdev mode='subsystem' type='usb'/></devices>",
                "<kernel>/opt/stack/data/nova/instances/kernel</kernel> | ' '",
                "<rng model='virtio'> | <rng model='virtio-transitional'>",
                "instance-0000002a | ' '",
                "console=ttyS0 | a&#10;b"
            })
    void aDomainThatOursNeverAreIsRefused(String before, String after) {
        assertThat(TestingLegacyPackage.xml()).contains(before);
        assertRefused(
                uploaded(
                        TestingLegacyPackage.on(CACHED)
                                .saying(TestingLegacyPackage.xml().replace(before, after)),
                        baseNamed()),
                ErrorKind.INVALID_CONTENT,
                "");
    }

    @Test
    void aGuestWithoutADeviceThatOursHaveIsRefusedByName() {
        String xml = TestingLegacyPackage.xml().replaceAll("(?s)<memballoon.*</memballoon>", "");
        assertRefused(
                uploaded(TestingLegacyPackage.on(CACHED).saying(xml), baseNamed()),
                ErrorKind.INVALID_CONTENT,
                "only a guest with exactly");
    }

    @Test
    void aDamagedMemberEndsInAFailedInstanceThatSaysWhyAndKeepsNothing() {
        byte[] zip = TestingLegacyPackage.on(CACHED).bytes();
        int kernel = new String(zip, StandardCharsets.ISO_8859_1).lastIndexOf("kernel") - 46;
        zip[kernel + 16] ^= 1;
        restore(host.images
                .add(TestingHost.MEMBER, NewImage.of("damaged", DiskFormat.RAW, baseNamed()), zip)
                .id());
        hosts.awaitQuiet("the failure");

        Instance failed = host.life().host.instances.all().get(0);
        assertThat(failed.status()).isEqualTo(InstanceStatus.ERROR);
        assertThat(failed.fault().orElseThrow().message()).contains("kernel", "damaged");
        host.life().host.delete.discard(failed);
        assertNothingIsLeft();
    }

    @Test
    void anArchiveThatIsNoPackageLeavesNothing() {
        UnaryOperator<TestingLegacyPackage> traversal = legacy -> legacy.with("../../etc/cron.d/x", new byte[1]);
        for (UnaryOperator<TestingLegacyPackage> change : List.of(
                traversal,
                legacy -> legacy.without("snapshot"),
                legacy -> legacy.without("libvirt.xml").with("manifest.json", new byte[2]),
                legacy -> legacy.with("disk", new byte[600]),
                legacy -> legacy.with("snapshot", new byte[600]))) {
            assertRefused(
                    uploaded(change.apply(TestingLegacyPackage.on(CACHED)), baseNamed()),
                    ErrorKind.INVALID_CONTENT,
                    "");
        }
    }

    private Map<String, String> baseNamed() {
        Map<String, String> properties = new HashMap<>();
        properties.put("tresccad_base_image", base.id().toString());
        return properties;
    }

    private ImageId uploaded(TestingLegacyPackage legacy, Map<String, String> properties) {
        return host.images
                .add(TestingHost.MEMBER, NewImage.of("legacy", DiskFormat.RAW, properties), legacy.bytes())
                .id();
    }

    private Instance restored(ImageId image) {
        Instance begun = restore(image);
        hosts.awaitQuiet("the restore");
        return host.life().host.instances.find(begun.epoch().lineage()).orElseThrow();
    }

    private Instance restore(ImageId image) {
        return host.life().restore.restore(TestingHost.MEMBER, image, Optional.empty());
    }

    private void assertRefused(ImageId image, ErrorKind kind, String why) {
        assertThatThrownBy(() -> restore(image))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .isNotInstanceOf(CannotRunHere.class)
                .hasMessageContaining(why);
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        assertThat(host.life().host.instances.all()).isEmpty();
        assertThat(host.life().host.network.ports()).isEmpty();
        assertThat(host.life().host.files.existing()).isEmpty();
        assertThat(host.domains.domains()).isEmpty();
    }
}
