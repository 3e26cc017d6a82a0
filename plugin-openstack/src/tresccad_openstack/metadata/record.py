"""What a server's system metadata say of its moves: what its guest asked for here, and how it came.

Nova keeps them with the server, out of its owner's and its guest's reach; values of 255 characters
at most.
"""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Dict, List, Mapping, MutableMapping, Optional, Protocol

from tresccad_openstack.compute.handover import Epoch

_ASKED = "tresccad_asked_"
_IMAGE = "tresccad_arrived_image"
_EPOCH = "tresccad_arrived_epoch"
_SOURCE = "tresccad_arrived_source"
_FROZEN = "tresccad_arrived_frozen"
_THAWED = "tresccad_arrived_thawed"
_LONGEST = 255


@dataclass(frozen=True)
class Asked:
    """The guest's request to be moved; its id is that of the package's image."""

    id: str
    at: datetime
    destination: str


@dataclass(frozen=True)
class Arrival:
    """How the guest came here frozen. source is None when its package does not tell."""

    image_id: str
    epoch: int
    source: Optional[str]
    frozen: datetime
    thawed: datetime

    @property
    def gap_seconds(self) -> float:
        """For how long it stood still, by the clocks of both places; never negative."""
        return max(0.0, (self.thawed - self.frozen).total_seconds())


def asked(system_metadata: Mapping[str, str]) -> List[Asked]:
    """Newest first."""
    found = []
    for key, value in system_metadata.items():
        if key.startswith(_ASKED):
            at, _, destination = value.partition(" ")
            found.append(Asked(key.removeprefix(_ASKED), _moment(at), destination))
    return sorted(found, key=lambda each: each.at, reverse=True)


def note_asked(system_metadata: MutableMapping[str, str], new: Asked, most: int) -> None:
    """Writes it down; of all no more than so many are kept, the newest."""
    kept = max(0, most - 1)
    for old in asked(system_metadata)[kept:]:
        del system_metadata[_ASKED + old.id]
    system_metadata[_ASKED + new.id] = f"{new.at.isoformat()} {new.destination}"[:_LONGEST]


class Came(Protocol):
    """What is written down of a package before its guest runs; frozen_at as manifests have it."""

    @property
    def image_id(self) -> str:
        ...

    @property
    def epoch(self) -> Epoch:
        ...

    @property
    def frozen_at(self) -> str:
        ...

    @property
    def source(self) -> Optional[str]:
        ...


def arrived(came: Came, thawed: datetime) -> Dict[str, str]:
    """What is to be written down when the guest of a package runs."""
    found = {
        _IMAGE: came.image_id,
        _EPOCH: str(came.epoch.number),
        _FROZEN: came.frozen_at,
        _THAWED: thawed.isoformat(),
    }
    if came.source is not None:
        found[_SOURCE] = came.source[:_LONGEST]
    return found


def arrival(system_metadata: Mapping[str, str]) -> Optional[Arrival]:
    """None when the server was booted here."""
    if _IMAGE not in system_metadata:
        return None
    return Arrival(
        system_metadata[_IMAGE],
        int(system_metadata[_EPOCH]),
        system_metadata.get(_SOURCE),
        _moment(system_metadata[_FROZEN]),
        _moment(system_metadata[_THAWED]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)
