package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** With what libvirt 9.0 said of QEMU 7.2. */
final class CapabilitiesXmlTest {
    @Test
    void theNewestMachineIsChosenByNumberNotByName() throws IOException {
        CapabilitiesXml.Emulator emulator =
                CapabilitiesXml.emulator(text("capabilities.xml")).orElseThrow();
        assertThat(emulator.emulator()).isEqualTo("/usr/bin/qemu-system-x86_64");
        assertThat(emulator.machines())
                .contains("pc-i440fx-7.2", "pc-i440fx-2.12", "pc-q35-7.2")
                .doesNotContain("pc");
        assertThat(emulator.newestMachine()).contains("pc-i440fx-7.2");
        assertThat(new CapabilitiesXml.Emulator("qemu", Set.of("pc-i440fx-9.2", "pc-i440fx-10.0"), false)
                        .newestMachine())
                .contains("pc-i440fx-10.0");
    }

    @Test
    void aHostWithoutQemuForX86HasNoEmulator() {
        assertThat(CapabilitiesXml.emulator("<capabilities/>")).isEmpty();
    }

    @Test
    void onlyUsableModelsAreListed() throws IOException {
        assertThat(CapabilitiesXml.usableModels(text("domain-capabilities.xml")))
                .contains("qemu64", "Westmere")
                .doesNotContain("SandyBridge");
    }

    @Test
    void theHostsModelComesWithItsFeatures() throws IOException {
        var model = CapabilitiesXml.hostModel(text("domain-capabilities.xml")).orElseThrow();
        assertThat(model.name()).isEqualTo("EPYC");
        assertThat(model.required()).contains("umip").doesNotContain("invtsc");
        assertThat(model.disabled()).contains("vme");
    }

    private static String text(String name) throws IOException {
        try (InputStream in = CapabilitiesXmlTest.class.getResourceAsStream(name)) {
            return new String(List.of(in).get(0).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
