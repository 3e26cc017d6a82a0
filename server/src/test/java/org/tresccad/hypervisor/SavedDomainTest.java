package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.network.Ipv4;
import org.tresccad.network.MacAddress;
import org.tresccad.testing.TestingLegacyPackage;

final class SavedDomainTest {
    private static final String XML = TestingLegacyPackage.xml();

    @Test
    void whatTheGuestIsIsReadAndWhereItWasIsNot() {
        SavedDomain domain = SavedDomain.read(XML);

        assertThat(domain.name()).isEqualTo("instance-0000002a");
        assertThat(domain.platform())
                .isEqualTo(new Platform(
                        VirtType.QEMU,
                        "x86_64",
                        "pc-i440fx-7.2",
                        new CpuModel("qemu64", Set.of("hypervisor"), Set.of())));
        assertThat(domain.vcpus()).isOne();
        assertThat(domain.memoryMib()).isEqualTo(128);
        assertThat(domain.hasKernel()).isTrue();
        assertThat(domain.hasRamdisk()).isTrue();
        assertThat(domain.commandLine()).contains("console=ttyS0");
        assertThat(domain.nics())
                .containsExactly(
                        new SavedDomain.Nic(new MacAddress("52:54:00:12:34:56"), Optional.of(Ipv4.parse("10.1.2.3"))));
        assertThat(domain.toString()).doesNotContain("/opt/stack");
    }

    @ParameterizedTest
    @CsvSource({
        "134217728, b, 128",
        "131072, KiB, 128",
        "131072, '', 128",
        "131073, k, 129",
        "128, MiB, 128",
        "2, GiB, 2048"
    })
    void memoryIsReadInEveryUnit(String amount, String unit, int mib) {
        String memory = "<memory unit='" + unit + "'>" + amount + "</memory>";
        assertThat(SavedDomain.read(XML.replace("<memory unit='KiB'>131072</memory>", memory))
                        .memoryMib())
                .isEqualTo(mib);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "machine='pc-i440fx-7.2' | machine='pc'",
                "machine='pc-i440fx-7.2' | machine=''",
                "machine='pc-i440fx-7.2' | machine='pc-i440fx-7.2,accel=x'",
                "mode='custom' | mode='host-passthrough'",
                "mode='custom' | mode='host-model'",
                "qemu64 | qemu64,+svm",
                "policy='require' | policy='optional'",
                "<memory unit='KiB'>131072</memory> | <!-- -->",
                "<memory unit='KiB'>131072</memory> | <memory unit='KiB'>-1</memory>",
                "<memory unit='KiB'>131072</memory> | <memory unit='GiB'>999999999</memory>",
                "<memory unit='KiB'>131072</memory> | <memory unit='GiB'>9999999999999999999</memory>",
                "<memory unit='KiB'>131072</memory> | <memory unit='furlong'>1</memory>",
                "<memory unit='KiB'>131072</memory> | <memory>1</memory><memory>1</memory>",
                "<vcpu placement='static'>1 | <vcpu placement='static'>many",
                "<vcpu placement='static'>1 | <vcpu current='1'>2",
                "52:54:00:12:34:56 | 52:54:00:12:34",
                "52:54:00:12:34:56 | 53:54:00:12:34:56",
                "10.1.2.3 | 10.1.2.3/8",
                "<domain type='qemu'> | <domain type='xen'>",
                "<domain type='qemu'> | <domain xmlns='http://example.org/' type='qemu'>",
                "<os> | <os><loader>/usr/share/OVMF.fd</loader>",
                "</domain> | </domain><domain/>",
                "</domain> | ' '"
            })
    void whatOurGuestsNeverAreIsRefused(String before, String after) {
        assertThat(XML).contains(before);
        assertRefused(XML.replace(before, after));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE domain [<!ENTITY x SYSTEM \"file:///etc/shadow\">]>",
                "<!DOCTYPE domain SYSTEM \"http://127.0.0.1:1/x.dtd\">",
                "<!DOCTYPE domain [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
            })
    void aDoctypeIsRefused(String doctype) {
        assertRefused(doctype + XML);
    }

    @Test
    void argumentsForQemuItselfAreRefused() {
        assertRefused(XML.replace("</domain>", """
                <qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
                  <qemu:arg value='-drive'/><qemu:arg value='file=/etc/shadow'/>
                </qemu:commandline></domain>"""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0' slot='2' function='0'/>"
                        + "</source></hostdev>",
                "<filesystem type='mount'><source dir='/'/><target dir='x'/></filesystem>",
                "<disk type='file' device='cdrom'><source file='/etc/shadow'/><target dev='hdc' bus='ide'/></disk>",
                "<shmem name='x'/>",
                "<tpm model='tpm-tis'/>",
                "<redirdev bus='usb'/>"
            })
    void devicesOfTheHostAreRefusedWithTheLayout(String device) {
        String xml = XML.replace("</devices>", device + "</devices>");
        assertThatThrownBy(() -> DomainXml.readHardware(xml))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT))
                .hasMessageContaining("cannot be made here");
    }

    private static void assertRefused(String xml) {
        assertThatThrownBy(() -> SavedDomain.read(xml))
                .isInstanceOfSatisfying(
                        TresccadException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT))
                .hasMessageContaining("the saved domain's XML");
    }
}
