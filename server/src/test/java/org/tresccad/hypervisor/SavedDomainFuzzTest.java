package org.tresccad.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.testing.FuzzCorpus;
import org.tresccad.testing.FuzzInput;
import org.tresccad.testing.TestingLegacyPackage;

/**
 * XML that anybody may have written, read as a saved domain's: refused as invalid, or of what was read a domain is made
 * that has the same layout, and nothing of the host it came from.
 */
final class SavedDomainFuzzTest {
    private static final List<String> CORRECT = List.of(
            TestingLegacyPackage.xml(),
            live(),
            DomainXml.render(TestingSpecs.guest("web", Optional.of(TestingSpecs.hardware()))));

    private static final List<String> WORDS = List.of(
            "",
            "<",
            "/>",
            "</domain>",
            "<!-- -->",
            "<![CDATA[",
            "]]>",
            "<?xml version='1.1' encoding='UTF-16'?>",
            "<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/shadow'>]>",
            "<!DOCTYPE domain SYSTEM 'http://127.0.0.1:1/x.dtd'>",
            "<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>",
            "&x;",
            "&#0;",
            "&#x110000;",
            "xmlns='http://example.org/'",
            "<a:b xmlns:a=''/>",
            "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-S'/>"
                    + "</qemu:commandline>",
            "<hostdev mode='subsystem' type='pci'/>",
            "<filesystem type='mount'><source dir='/'/></filesystem>",
            "<source file='/etc/shadow'/>",
            "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/>"
                    + "<address type='pci' domain='0' bus='0' slot='9' function='0'/></disk>",
            "<interface type='bridge'><mac address='52:54:00:12:34:57'/><model type='virtio'/>"
                    + "<address type='pci' domain='0' bus='0' slot='10' function='0'/></interface>",
            "<memory unit='GiB'>999999999</memory>",
            "<vcpu current='1'>2</vcpu>",
            "<feature policy='disable' name='svm'/>",
            "<i xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/shadow' parse='text'/></i>",
            "slot='0x1f'",
            "type='pci'",
            "99999999999999999999");

    private static String live() {
        try (InputStream in = Objects.requireNonNull(SavedDomainFuzzTest.class.getResourceAsStream("live.xml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(60)
    void keptXmlIsRefusedOrLeadsToADomainOfOurs() {
        FuzzCorpus.replay(SavedDomainFuzzTest.class, 20, SavedDomainFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void correctXmlIsRead() {
        SavedDomain.read(CORRECT.get(0));
        for (String xml : CORRECT) {
            assertThat(layout(xml)).isTrue();
        }
    }

    /** One byte for the XML that the others change; they are the XML if it is none. */
    public static void fuzzerTestOneInput(byte[] input) {
        FuzzInput choices = new FuzzInput(input);
        int which = choices.below(CORRECT.size() + 1);
        String xml;
        if (which == CORRECT.size()) {
            xml = new String(choices.rest(), StandardCharsets.UTF_8);
        } else {
            xml = CORRECT.get(which);
            for (int n = 0; n < 8 && !choices.isOver(); n++) {
                xml = choices.changed(xml, WORDS);
            }
        }
        layout(xml);
        domain(xml);
    }

    private static void domain(String xml) {
        SavedDomain domain;
        try {
            domain = SavedDomain.read(xml);
        } catch (TresccadException e) {
            expectInvalid(e);
            return;
        }
        assertThat(domain.vcpus()).isNotNegative();
        assertThat(domain.memoryMib()).isBetween(0, 1 << 24);
        assertThat(domain.nics()).hasSizeLessThanOrEqualTo(8);
        assertThat(domain.name()).hasSizeLessThan(xml.length());
    }

    /** Whether it could be read. */
    private static boolean layout(String xml) {
        SavedHardware hardware;
        try {
            hardware = DomainXml.readHardware(xml);
        } catch (TresccadException e) {
            expectInvalid(e);
            return false;
        }
        String made;
        try {
            made = DomainXml.render(TestingSpecs.guest("web", Optional.of(hardware)));
        } catch (IllegalArgumentException e) {
            // What a guest of ours has is missing; who restores it refuses it for that.
            return true;
        }
        assertThat(made).doesNotContain("shadow", "hostdev", "filesystem", "commandline", "DOCTYPE", "xi:include");
        SavedHardware again = DomainXml.readHardware(made);
        assertThat(again.cpu()).isEqualTo(hardware.cpu());
        assertThat(hardware.devices()).containsAllEntriesOf(again.devices());
        return true;
    }

    private static void expectInvalid(TresccadException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_CONTENT);
    }
}
