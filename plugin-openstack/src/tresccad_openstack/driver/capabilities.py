"""What this node's QEMU can make, as its libvirt says."""

from typing import Any, List

from lxml import etree

from tresccad_openstack.compute import traits


def node_traits(connection: Any, virt_type: str) -> List[str]:
    """Asks libvirt; the answer does not change while it runs."""
    host = _parse(connection.getCapabilities())
    architecture = host.findtext("host/cpu/arch")
    guest = f"guest/arch[@name='{architecture}']"
    found = _parse(connection.getDomainCapabilities(None, architecture, None, virt_type))
    return traits.of_node(
        {machine.text or "" for machine in host.findall(f"{guest}/machine")},
        {
            model.text or ""
            for model in found.findall("cpu/mode[@name='custom']/model[@usable='yes']")
        },
    )


def _parse(xml: str) -> Any:
    return etree.fromstring(xml.encode())
