"""Whether a compute node could run the guest, before anything is made for it."""

from typing import Any, Iterable, List

from tresccad_openstack.compute import traits
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Hardware

_VERSION = "1.18"


def check(placement: Any, hardware: Hardware) -> List[str]:
    """The traits that the scheduler is to look for. Raises CannotCarry, with what is lacking.

    placement: Nova's client of it.
    """
    needed = traits.of_guest(hardware)
    if not _somewhere(placement, needed):
        lacking = [what for trait, what in needed.items() if not _somewhere(placement, [trait])]
        which = ", ".join(lacking or needed.values())
        raise CannotCarry(f"no compute node here has {which}" + ("" if lacking else " together"))
    return list(needed)


def _somewhere(placement: Any, needed: Iterable[str]) -> bool:
    """A trait that no node ever had is unknown to Placement, which then answers 400."""
    url = f"/resource_providers?required={','.join(needed)}"
    answer = placement.get(url, version=_VERSION)
    if answer.status_code == 400:
        return False
    if answer.status_code != 200:
        raise CannotCarry(f"Placement answers {answer.status_code}")
    return bool(answer.json()["resource_providers"])
