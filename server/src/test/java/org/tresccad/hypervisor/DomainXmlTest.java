package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.hypervisor.SavedHardware.PciAddress;
import org.w3c.dom.Element;

final class DomainXmlTest {
    @Test
    void aNewDomainLooksAsItAlwaysDid() throws IOException {
        assertThat(DomainXml.render(TestingSpecs.guest("web", Optional.empty())))
                .isEqualTo(golden("new.xml"));
    }

    @Test
    void aResumedDomainHasEveryAddressPinned() throws IOException {
        assertThat(DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware()))))
                .isEqualTo(golden("resumed.xml"));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware())));
        assertThat(DomainXml.readHardware(xml)).isEqualTo(TestingSpecs.hardware());
    }

    @Test
    void libvirtsXmlOfARunningDomainIsRead() throws IOException {
        SavedHardware read = DomainXml.readHardware(golden("live.xml"));
        assertThat(read.devices())
                .isEqualTo(Map.of(
                        "disk:vda", new PciAddress(0, 0, 4, 0),
                        "nic:0", new PciAddress(0, 0, 2, 0),
                        "memballoon", new PciAddress(0, 0, 5, 0),
                        "rng", new PciAddress(0, 0, 6, 0)));
        assertThat(read.cpu()).contains(new CpuModel("qemu64", Set.of("hypervisor", "lahf_lm"), Set.of()));
        assertThat(read.controllers()).isEqualTo(TestingSpecs.hardware().controllers());
    }

    @Test
    void aGuestOfBeforeIsResumedWithoutAPortForTheAgent() {
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware())));
        String withoutPort = without(xml, "channel");
        String withoutController = without(withoutPort, "controller type='virtio-serial'");
        for (String before : List.of(withoutPort, withoutController)) {
            SavedHardware hardware = DomainXml.readHardware(before);
            assertThat(hardware.isWithoutAgentPort()).isTrue();
            assertThat(DomainXml.render(TestingSpecs.guest("web", Optional.of(hardware))))
                    .isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "</title><devices><hostdev/></devices><title>",
                "]]>&<!-- --><![CDATA[",
                "\u0000\u0001\u001f\ud800\uffff",
                "two\r\nlines\u0085 and \ud83d\ude00",
                "' onload='\"",
                ""
            })
    void aHostileTitleStaysATitle(String title) throws Exception {
        String xml = DomainXml.render(TestingSpecs.guest(title, Optional.empty()));
        assertThat(xml).matches("[\\n\\x20-\\x7e]+");
        Element domain = SecureXml.parse(xml);
        assertThat(SecureXml.children(domain, "title")).hasSize(1);
        assertThat(SecureXml.children(domain, "devices")).hasSize(1);
        assertThat(SecureXml.child(domain, "title").orElseThrow().getTextContent())
                .doesNotContain("\n")
                .hasSameSizeAs(title.replaceAll("[\\r\\n]+", " "));
    }

    @Test
    void aCommandLineArrivesAsItWas() throws Exception {
        DomainSpec spec = TestingSpecs.guest("web", Optional.empty());
        Element os =
                SecureXml.child(SecureXml.parse(DomainXml.render(spec)), "os").orElseThrow();
        assertThat(SecureXml.child(os, "cmdline").orElseThrow().getTextContent())
                .isEqualTo(spec.boot().orElseThrow().commandLine());
    }

    @Test
    void hardwareWithoutADeviceOfTheDomainIsNotUsed() {
        SavedHardware less = new SavedHardware(TestingSpecs.hardware().controllers(), Map.of(), Optional.empty());
        assertThatThrownBy(() -> DomainXml.render(TestingSpecs.guest("web", Optional.of(less))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aGuestThatNovaMadeIsResumedWithThePartsThatItHasThere() throws IOException {
        SavedHardware hardware = DomainXml.readHardware(golden("nova.xml"));
        assertThat(hardware.isWithoutAgentPort()).isTrue();
        assertThat(hardware.parts()).containsExactlyInAnyOrder(SavedHardware.Part.HPET, SavedHardware.Part.VMCOREINFO);
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(hardware)));
        assertThat(xml).doesNotContain("genid").doesNotContain("virtio-serial").contains("<vmcoreinfo");
        assertThat(DomainXml.readHardware(xml)).isEqualTo(hardware);
    }

    @Test
    void aGuestWithoutRandomNumbersIsResumedWithoutThem() throws IOException {
        String xml = without(golden("nova.xml"), "rng");
        SavedHardware hardware = DomainXml.readHardware(xml);
        assertThat(DomainXml.render(TestingSpecs.guest("web", Optional.of(hardware))))
                .doesNotContain("<rng");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<hostdev mode='subsystem' type='pci'/>",
                "<filesystem type='mount'/>",
                "<redirdev bus='usb'/>",
                "<tpm model='tpm-tis'/>",
                "<graphics type='vnc'/>",
                "<sound model='ich6'/>",
                "<controller type='scsi' index='0' model='virtio-scsi'/>",
                "<controller type='pci' index='1' model='pci-bridge'/>",
                "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/></disk>",
                "<disk type='file' device='disk'><target dev='../x' bus='virtio'/>"
                        + "<address type='pci' domain='0' bus='0' slot='9' function='0'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                        + "<address type='pci' domain='0' bus='0' slot='4' function='0'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                        + "<address type='pci' domain='0' bus='0' slot='0x20' function='0'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                        + "<address type='pci' domain='0' bus='1' slot='9' function='0'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                        + "<address type='pci' domain='0' bus='0' slot='99999999999' function='0'/></disk>",
                "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                        + "<address type='pci' bus='0' slot='9' function='0' multifunction='on'/></disk>",
                "<interface type='bridge'><model type='e1000'/></interface>",
                "<serial type='pty'><target type='isa-serial'/></serial>",
                "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>"
                        + "<address type='virtio-serial' port='2'/></channel>",
                "<video><model type='cirrus'/></video>",
                "<input type='tablet' bus='usb'/>",
                "<rng model='virtio'><address type='ccw'/></rng>"
            })
    void aDeviceThatCannotBeMadeHereIsRefused(String device) {
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware())));
        assertInvalid(xml.replace("</devices>", device + "</devices>"));
    }

    @Test
    void anotherMachineOrLayoutIsRefused() {
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware())));
        assertInvalid(xml.replace("pc-i440fx-7.2", "pc-q35-7.2"));
        assertInvalid(xml.replace("pc-i440fx-7.2", "pc"));
        assertInvalid(xml.replace("x86_64", "aarch64"));
        assertInvalid(xml.replace("layout='1'", "layout='2'"));
        assertInvalid(xml.replace("name='lahf_lm'", "name='x' onload='y'").replace("'x'", "'a/b'"));
        assertInvalid(xml.replace("mode='custom'", "mode='host-passthrough'"));
    }

    @Test
    void aDocumentThatAttacksItsParserIsRefused() {
        assertInvalid("");
        assertInvalid("<domain>");
        assertInvalid("<notadomain/>");
        assertInvalid("<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><domain>&x;</domain>");
        assertInvalid("<!DOCTYPE domain SYSTEM 'http://192.0.2.1/x.dtd'><domain/>");
        assertInvalid("<a>".repeat(100_000));
        assertInvalid("<domain>" + "<a>".repeat(40) + "</a>".repeat(40) + "</domain>");
        assertInvalid("<domain>" + " ".repeat(2_000_000) + "</domain>");
    }

    @Test
    void whatQemuIsAskedForPastLibvirtIsRefused() {
        String xml = DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware())));
        assertInvalid(xml.replace(
                "</domain>",
                "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-S'/>"
                        + "</qemu:commandline></domain>"));
    }

    /** {@code xml} without the element that begins like that, and the line it is on. */
    private static String without(String xml, String beginning) {
        int from = xml.lastIndexOf('\n', xml.indexOf("<" + beginning));
        String end = "</" + beginning.split(" ", 2)[0] + ">";
        return xml.substring(0, from) + xml.substring(xml.indexOf(end, from) + end.length());
    }

    private static void assertInvalid(String xml) {
        assertThatThrownBy(() -> DomainXml.readHardware(xml))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT));
    }

    private static String golden(String name) throws IOException {
        try (InputStream in = DomainXmlTest.class.getResourceAsStream(name)) {
            return new String(List.of(in).get(0).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
