package org.tresccad.hypervisor.libvirt;

import java.nio.file.Path;
import org.tresccad.hypervisor.XmlText;

/** libvirt's description of a snapshot. */
final class SnapshotXml {
    private SnapshotXml() {}

    /**
     * Memory to {@code memoryFile}, and none of the disks of {@code domainXml}.
     *
     * @see <a href="https://libvirt.org/formatsnapshot.html">libvirt: Snapshot XML format</a>
     */
    static String memoryOnly(Path memoryFile, String domainXml) {
        XmlText xml = new XmlText();
        xml.open("domainsnapshot");
        xml.empty("memory", "snapshot", "external", "file", memoryFile.toString());
        xml.open("disks");
        for (String target : DomainDevices.diskTargets(domainXml)) {
            xml.empty("disk", "name", target, "snapshot", "no");
        }
        return xml.close().close().toString();
    }
}
