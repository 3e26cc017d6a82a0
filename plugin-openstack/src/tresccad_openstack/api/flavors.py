"""Which flavor a restored server gets."""

from typing import Any, Iterable

from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Hardware


def choose(flavors: Iterable[Any], hardware: Hardware, name: str) -> Any:
    """The one of that name, which the guest had, if it has the guest's sizes; else that with the
    smallest disk which has them. Raises CannotCarry.

    Disks of no size are for who asks for them: as a rule Nova lets administrators alone have one.
    """
    fitting = [
        flavor
        for flavor in flavors
        if (flavor.vcpus, flavor.memory_mb) == (hardware.vcpus, hardware.memory_mib)
        and not (flavor.ephemeral_gb or flavor.swap)
        and (flavor.root_gb << 30 >= hardware.disk_bytes or _is_as_its_image(flavor, name))
    ]
    if not fitting:
        raise CannotCarry(
            f"no flavor here has {hardware.vcpus} vCPUs, {hardware.memory_mib} MiB of memory and "
            f"a disk of {hardware.disk_bytes} bytes (it had {name})"
        )
    return min(fitting, key=lambda flavor: (flavor.name != name, flavor.root_gb))


def _is_as_its_image(flavor: Any, name: str) -> bool:
    """Whether it is the one of that name, and its disks are as large as their images."""
    return bool(flavor.name == name and flavor.root_gb == 0)
