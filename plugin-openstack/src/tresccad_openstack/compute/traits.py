"""What a guest needs of the node it is restored on, as traits of Placement.

A node has one for each versioned machine type, each CPU model that it can make, and each release of
QEMU up to its own: machine types are versioned by release, and old ones stay.
"""

import re
from typing import Dict, Iterable, List

from tresccad_openstack import names
from tresccad_openstack.package.manifest import Hardware

_OTHER = re.compile(r"[^A-Z0-9_]")
_RELEASE = re.compile(r"(\d+\.\d+)")
# Placement's.
_LONGEST = 255


def of_node(machines: Iterable[str], cpu_models: Iterable[str]) -> List[str]:
    """machines: names of machine types, versioned or not."""
    versioned = {machine for machine in machines if _RELEASE.search(machine)}
    found = {names.TRAIT}
    found |= {_trait("MACHINE", machine) for machine in versioned}
    found |= {_trait("QEMU", _RELEASE.findall(machine)[-1]) for machine in versioned}
    found |= {_trait("CPU", model) for model in cpu_models}
    return sorted(found)


def of_guest(hardware: Hardware) -> Dict[str, str]:
    """The traits that its node must have, and how they are called when none has."""
    needed = {
        names.TRAIT: "tresccad's driver",
        _trait("MACHINE", hardware.machine): f"machine type {hardware.machine}",
        _trait("CPU", hardware.cpu.model): f"CPU model {hardware.cpu.model}",
    }
    release = _RELEASE.match(hardware.qemu_version)
    if release is not None:
        needed[_trait("QEMU", release[1])] = f"QEMU {release[1]} or newer"
    return needed


def _trait(kind: str, name: str) -> str:
    return f"{names.TRAIT}_{kind}_{_OTHER.sub('_', name.upper())}"[:_LONGEST]
