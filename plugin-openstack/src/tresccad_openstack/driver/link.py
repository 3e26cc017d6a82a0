"""A guest whose address is another now: its cable is pulled and put back, so that it asks anew."""

import time
from typing import Any, Dict, Sequence

import libvirt
from lxml import etree

from tresccad_openstack.package.manifest import Nic

# Long enough for a guest to be told of both.
_PULLED_SECONDS = 1.0


def renew(domain: Any, nics: Sequence[Nic], addresses: Dict[str, str]) -> None:
    """Those of the network cards whose address, by MAC, is not what they had. The guest runs."""
    changed = {nic.mac for nic in nics if addresses.get(nic.mac, nic.address) != nic.address}
    root = etree.fromstring(domain.XMLDesc(0).encode()) if changed else None
    cards = root.findall("devices/interface") if root is not None else []
    found = [card for card in cards if card.find("mac").get("address").lower() in changed]
    for state in ("down", "up"):
        for card in found:
            for old in card.findall("link"):
                card.remove(old)
            etree.SubElement(card, "link", state=state)
            text = etree.tostring(card, encoding="unicode")
            domain.updateDeviceFlags(text, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        if state == "down" and found:
            time.sleep(_PULLED_SECONDS)
