"""What a compute node has written down about an epoch before it acts on it; survives a crash."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Iterator, Optional

import nova.conf

from tresccad_openstack.compute.handover import Epoch

CONF = nova.conf.CONF
_PREFIX = "tresccad-claim-"


@dataclass(frozen=True)
class Ticket:
    """One package, leaving or arriving; owner is the project whose image it is.

    frozen_at is the manifest's created_at, source the tresccad host that an arrival comes from, if
    it comes from one. claimant is whom an arrival claims for; started, that its CPUs may have run.
    host is the compute node that wrote it: the directory of instances may be shared by several.
    """

    instance_uuid: str
    image_id: str
    owner: str
    epoch: Epoch
    was_running: bool
    frozen_at: str
    source: Optional[str] = None
    claimant: Optional[str] = None
    started: bool = False
    host: str = field(default_factory=lambda: str(CONF.host))

    @property
    def is_ours(self) -> bool:
        return self.host == CONF.host

    def write(self, path: Path) -> None:
        """It is on the disk when this returns."""
        values = {**asdict(self), "epoch": self.epoch.as_json()}
        durably(path, json.dumps(values, sort_keys=True))

    @staticmethod
    def read(path: Path) -> "Ticket":
        """One that names no host is of a version that did not name it, and this node's."""
        values: Dict[str, Any] = json.loads(path.read_text())
        values["epoch"] = Epoch(**values["epoch"])
        return Ticket(**values)

    def of_arrival(self) -> Path:
        """Where an arrival's lies."""
        return Path(CONF.instances_path) / f"{_PREFIX}{self.claimant}.json"

    def with_started(self, started: bool) -> "Ticket":
        """Written down where an arrival's lies."""
        changed = replace(self, started=started)
        changed.write(self.of_arrival())
        return changed


def of_arrivals() -> Iterator[Ticket]:
    """Those that this node wrote."""
    for path in Path(CONF.instances_path).glob(_PREFIX + "*.json"):
        try:
            found = Ticket.read(path)
        except FileNotFoundError:
            # Another node's, which has just told how it went.
            continue
        if found.is_ours:
            yield found


def durably(path: Path, text: str) -> None:
    """Writes a file that is whole or not there, whatever ends this."""
    temporary = path.with_name(path.name + ".new")
    with open(temporary, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)
    _sync(path.parent)


def finish(temporary: Path, path: Path) -> None:
    """A file that somebody else has written gets its name; whatever ends this, what has that name
    is whole."""
    _sync(temporary)
    os.rename(temporary, path)
    _sync(path.parent)


def remove(path: Path) -> None:
    """It does not come back, whatever ends this. Not there is as good."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """A file or a directory is on the disk as it is now."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
