package org.tresccad.hypervisor;

/**
 * A CPU in libvirt's XML.
 *
 * @see <a href="https://libvirt.org/formatdomain.html#cpu-model-and-topology">libvirt: CPU model and topology</a>
 */
public final class CpuXml {
    private CpuXml() {}

    /** A guest's CPU, to be compared with what a host can make. */
    public static String render(CpuModel cpu) {
        XmlText xml = open(cpu);
        features(xml, cpu);
        return xml.close().toString();
    }

    /** A host's CPU, to be compared with those of others. */
    public static String render(HostCpu cpu) {
        XmlText xml = open(cpu.model()).text("vendor", cpu.vendor());
        features(xml, cpu.model());
        return xml.close().toString();
    }

    private static XmlText open(CpuModel cpu) {
        XmlText xml = new XmlText().open("cpu", "mode", "custom", "match", "exact");
        model(xml, cpu);
        return xml;
    }

    static void model(XmlText xml, CpuModel cpu) {
        xml.text("model", cpu.name(), "fallback", "forbid");
    }

    static void features(XmlText xml, CpuModel cpu) {
        for (String feature : cpu.required()) {
            xml.empty("feature", "policy", "require", "name", feature);
        }
        for (String feature : cpu.disabled()) {
            xml.empty("feature", "policy", "disable", "name", feature);
        }
    }
}
