package org.tresccad.hypervisor.libvirt;

import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.tresccad.hypervisor.SecureXml;
import org.tresccad.network.MacAddress;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** Looks up devices in libvirt's XML of a running domain. */
final class DomainDevices {
    private DomainDevices() {}

    /** The target names of all disks. */
    static List<String> diskTargets(String domainXml) {
        return devices(domainXml, "disk").stream()
                .flatMap(disk -> SecureXml.child(disk, "target").stream())
                .map(target -> target.getAttribute("dev"))
                .toList();
    }

    /** The XML of all network cards. */
    static List<String> nics(String domainXml) {
        return devices(domainXml, "interface").stream().map(DomainDevices::text).toList();
    }

    /** The XML of the network card with that address, its cable pulled or plugged; empty when there is none. */
    static Optional<String> withLink(String domainXml, MacAddress mac, boolean isUp) {
        return devices(domainXml, "interface").stream()
                .filter(nic -> SecureXml.child(nic, "mac")
                        .map(m -> m.getAttribute("address").equalsIgnoreCase(mac.value()))
                        .orElse(false))
                .findFirst()
                .map(nic -> {
                    SecureXml.children(nic, "link").forEach(nic::removeChild);
                    Element link = nic.getOwnerDocument().createElement("link");
                    link.setAttribute("state", isUp ? "up" : "down");
                    nic.appendChild(link);
                    return text(nic);
                });
    }

    /** Whether the guest has opened the port of QEMU's guest agent. */
    static boolean hasAgent(String domainXml) {
        return devices(domainXml, "channel").stream()
                .flatMap(channel -> SecureXml.child(channel, "target").stream())
                .anyMatch(target -> target.getAttribute("name").equals("org.qemu.guest_agent.0")
                        && target.getAttribute("state").equals("connected"));
    }

    private static List<Element> devices(String domainXml, String name) {
        try {
            return SecureXml.child(SecureXml.parse(domainXml), "devices").stream()
                    .flatMap(devices -> SecureXml.children(devices, name).stream())
                    .toList();
        } catch (SAXException e) {
            throw new IllegalStateException("libvirt's XML of a domain cannot be parsed", e);
        }
    }

    private static String text(Element element) {
        try {
            Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter out = new StringWriter();
            transformer.transform(new DOMSource(element), new StreamResult(out));
            return out.toString();
        } catch (TransformerException e) {
            throw new IllegalStateException("libvirt's XML of a device cannot be written again", e);
        }
    }
}
