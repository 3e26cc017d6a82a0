"""Domain XML: what a guest's hardware is, and Nova's XML for it on another host.

Text in, text out. What comes with a package is hostile: no DTD is read, only elements that are
named here come through, and everything that names something of the host is Nova's own.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, Optional, Tuple

from lxml import etree

_TOP = frozenset(
    "name title uuid metadata memory currentMemory vcpu os features cpu clock on_poweroff "
    "on_reboot on_crash pm devices sysinfo resource cputune genid".split()
)
# Taken from Nova's fresh XML whatever the saved says.
_OURS = (
    "name title uuid metadata vcpu sysinfo resource cputune on_poweroff on_reboot on_crash".split()
)
# Must be the same in both, or a package would get more than was asked for.
_SAME = ("memory", "vcpu")
_BOOT = frozenset("type kernel initrd cmdline boot bootmenu bios smbios".split())
_BOOT_OURS = ("kernel", "initrd", "smbios")
_CPU = frozenset("model vendor feature topology".split())
# None of them takes memory or names a device of the host.
_FEATURES = frozenset(
    "acpi apic pae hap viridian hyperv kvm pvspinlock pmu vmport vmcoreinfo smm gic ioapic".split()
)
# Each device that a guest may have, and what may be in it. Those with nothing come from Nova
# alone; none of the rest names anything of the host.
_DEVICES: Dict[str, FrozenSet[str]] = {
    "emulator": frozenset(),
    "serial": frozenset(),
    "console": frozenset(),
    "graphics": frozenset(),
    "interface": frozenset(),
    "channel": frozenset("source target address".split()),
    "disk": frozenset("driver source target address boot iotune".split()),
    "controller": frozenset("model target address".split()),
    "input": frozenset(["address"]),
    "video": frozenset("model address".split()),
    "memballoon": frozenset("stats address".split()),
    "rng": frozenset("backend rate address".split()),
    "panic": frozenset(["address"]),
    "audio": frozenset(),
}
# The one that Nova makes too, for QEMU's guest agent.
_CHANNEL = ("virtio", "org.qemu.guest_agent.0")
_INPUTS = frozenset("mouse tablet keyboard".split())
# What libvirt adds to any device, and what is made anew.
_DROPPED = ("alias", "seclabel", "backingStore")


class CannotCarry(Exception):
    """A guest has something that does not move, or its XML is not as a guest's of Nova's."""


@dataclass(frozen=True)
class Card:
    """A network card."""

    mac: str
    model: str


@dataclass(frozen=True)
class Platform:
    """What a package's manifest says of the hardware, but for sizes of disks."""

    virt_type: str
    architecture: str
    machine: str
    cpu_model: str
    cpu_required: Tuple[str, ...]
    cpu_disabled: Tuple[str, ...]
    vcpus: int
    memory_mib: int
    firmware: str
    command_line: Optional[str]
    cards: Tuple[Card, ...]


def parse(xml: str) -> etree._Element:
    """Raises CannotCarry unless it is a domain."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise CannotCarry(f"its XML is damaged: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise CannotCarry("its XML has a document type")
    if root.tag != "domain":
        raise CannotCarry("its XML is not a domain's")
    return root


def platform(xml: str) -> Platform:
    """Of a running domain's migratable XML. Raises CannotCarry for what cannot move."""
    root = parse(xml)
    _check(root)
    kind = _one(root, "os/type")
    model = root.findtext("cpu/model")
    features = {
        policy: tuple(
            sorted(f.get("name") for f in root.findall(f"cpu/feature[@policy='{policy}']"))
        )
        for policy in ("require", "disable")
    }
    memory = _one(root, "memory")
    if memory.get("unit", "KiB") != "KiB":
        raise CannotCarry("its memory is not in KiB")
    return Platform(
        root.get("type"),
        kind.get("arch"),
        kind.get("machine"),
        model,
        features["require"],
        features["disable"],
        int(_one(root, "vcpu").text),
        int(memory.text) >> 10,
        "efi" if root.find("os/loader") is not None else "bios",
        root.findtext("os/cmdline"),
        tuple(
            Card(card.find("mac").get("address").lower(), card.find("model").get("type"))
            for card in root.findall("devices/interface")
        ),
    )


def _one(root: etree._Element, path: str) -> etree._Element:
    found = root.findall(path)
    if len(found) != 1:
        raise CannotCarry(f"it has {len(found)} of {path}")
    return found[0]


def _check(root: etree._Element) -> None:
    """Raises CannotCarry for anything that is not known to be a guest's own."""
    for element in root:
        _check_tag(element, (*_TOP, "seclabel"), "it has")
    for element in _one(root, "os"):
        _check_tag(element, (*_BOOT, "loader", "nvram"), "its boot has")
        if element.tag in ("loader", "nvram"):
            raise CannotCarry("it has UEFI variables, which cannot move yet")
    cpu = _one(root, "cpu")
    if cpu.get("mode") != "custom" or not cpu.findtext("model"):
        raise CannotCarry("its CPU is not a named model")
    for element in cpu:
        _check_tag(element, _CPU, "its CPU has")
    for element in root.findall("features/*"):
        _check_tag(element, _FEATURES, "it has the feature")
    for device in _one(root, "devices"):
        _check_tag(device, _DEVICES, "it has a device")
        inside = _DEVICES[device.tag]
        for child in device if inside else ():
            _check_tag(child, (*inside, *_DROPPED), f"its {device.tag} has")
        if device.tag == "input" and device.get("type") not in _INPUTS:
            raise CannotCarry(f"it has an input of type {device.get('type')}, which cannot move")
        if device.tag == "channel":
            target = device.find("target")
            if target is None or (target.get("type"), target.get("name")) != _CHANNEL:
                raise CannotCarry("it has a channel other than the guest agent's")
        if device.tag == "video" and device.find("model/*") is not None:
            # Its acceleration would name a device of the host's.
            raise CannotCarry("its video's model has more than a size")
        if device.tag == "audio" and device.get("type") != "none":
            raise CannotCarry(f"it has audio of type {device.get('type')}, which cannot move")
    disks = root.findall("devices/disk")
    if [disk.get("device") for disk in disks] != ["disk"]:
        raise CannotCarry(f"it has {len(disks)} disks or drives, and only one disk can move yet")


def _check_tag(element: etree._Element, known: Iterable[str], what: str) -> None:
    if isinstance(element.tag, str) and element.tag not in known:
        raise CannotCarry(f"{what} {element.tag}, which cannot move yet")


def merge(saved: str, fresh: str) -> str:
    """The saved guest's hardware with everything of this host as Nova's fresh XML has it.

    Both must have the same sizes, the same disk by target and the same network cards by MAC.
    Raises CannotCarry.
    """
    root, ours = parse(saved), parse(fresh)
    etree.strip_tags(root, etree.Comment, etree.PI)
    _check(root)
    for name in _SAME:
        if _text(root, name) != _text(ours, name):
            raise CannotCarry(f"its {name} is {_text(root, name)}, here {_text(ours, name)}")
    if root.get("type") != ours.get("type"):
        raise CannotCarry(
            f"it ran under {root.get('type')}, here it would under {ours.get('type')}"
        )
    root.attrib.clear()
    root.set("type", ours.get("type"))
    for name in ("seclabel", *_OURS):
        for element in root.findall(name):
            root.remove(element)
    for place, name in enumerate(_OURS):
        element = ours.find(name)
        if element is not None:
            root.insert(place, deepcopy(element))
    _merge_boot(root, ours)
    devices, fresh_devices = _one(root, "devices"), _one(ours, "devices")
    for device in devices:
        for name in _DROPPED:
            for element in device.findall(name):
                device.remove(element)
    for disk in devices.findall("disk"):
        _merge_disk(disk, fresh_devices)
    for card in devices.findall("interface"):
        _merge_card(card, fresh_devices)
    if len(devices.findall("interface")) != len(fresh_devices.findall("interface")):
        raise CannotCarry("it has another number of network cards here")
    # Its consoles say where their output goes; what the guest sees of them is their place.
    for name in ("emulator", "serial", "console", "graphics"):
        _replace(devices, name, fresh_devices)
    for channel in devices.findall("channel"):
        # libvirt makes a path of its own.
        for source in channel.findall("source"):
            channel.remove(source)
        channel.attrib.clear()
        channel.set("type", "unix")
    for rng in devices.findall("rng"):
        _replace(rng, "backend", _rng(fresh_devices))
    return str(etree.tostring(root, encoding="unicode"))


def _rng(fresh: etree._Element) -> etree._Element:
    """Nova's source of random numbers; where a flavor has none, the kernel's."""
    found: Optional[etree._Element] = fresh.find("rng")
    if found is not None:
        return found
    return etree.fromstring("<rng><backend model='random'>/dev/urandom</backend></rng>")


def _text(root: etree._Element, name: str) -> str:
    """The text of an element there is once, with its unit if it has one."""
    element = _one(root, name)
    return f"{(element.text or '').strip()} {element.get('unit', 'KiB')}"


def _merge_boot(root: etree._Element, ours: etree._Element) -> None:
    boot, fresh = _one(root, "os"), _one(ours, "os")
    for name in ("kernel", "initrd"):
        if (boot.find(name) is None) != (fresh.find(name) is None):
            raise CannotCarry(f"only one of package and base image has a {name}")
    for name in _BOOT_OURS:
        _replace(boot, name, fresh)
    # With one of these libvirt would choose a firmware of the host's.
    boot.attrib.clear()


def _merge_disk(disk: etree._Element, fresh: etree._Element) -> None:
    target = disk.find("target").get("dev")
    found = fresh.find(f"disk/target[@dev='{target}']")
    if found is None:
        raise CannotCarry(f"it has no disk {target} here")
    for name in ("source", "driver", "iotune"):
        _replace(disk, name, found.getparent())
    disk.attrib.clear()
    disk.attrib.update(found.getparent().attrib)


def _merge_card(card: etree._Element, fresh: etree._Element) -> None:
    mac = card.find("mac").get("address").lower()
    for found in fresh.findall("interface"):
        if found.find("mac").get("address").lower() == mac:
            break
    else:
        raise CannotCarry(f"it has no network card {mac} here")
    # What the guest sees: where it is plugged in and what it is.
    kept = [
        deepcopy(card.find(name)) for name in ("address", "model") if card.find(name) is not None
    ]
    for child in list(card):
        card.remove(child)
    for child in found:
        if child.tag not in ("address", "model", "alias"):
            card.append(deepcopy(child))
    card.extend(kept)
    card.attrib.clear()
    card.attrib.update(found.attrib)


def _replace(parent: etree._Element, name: str, fresh: etree._Element) -> None:
    """Elements of that name become the fresh ones, each keeping its address for the guest."""
    old, new = parent.findall(name), [deepcopy(element) for element in fresh.findall(name)]
    for number, element in enumerate(new):
        address = element.find("address")
        if address is not None:
            element.remove(address)
        if number < len(old) and old[number].find("address") is not None:
            element.append(deepcopy(old[number].find("address")))
    for element in old:
        parent.remove(element)
    parent.extend(new)
