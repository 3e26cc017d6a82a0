"""Who may run an epoch: rules over a write-once register. docs/openstack.md, "Register".

Nothing of Nova's or Glance's is in here. A register is asked through Records, which answers as
Glance does.
"""

import uuid
from dataclasses import asdict, dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Protocol

from tresccad_openstack import names

CLAIMED = "claimed"
WITHDRAWN = "withdrawn"
_SET = "1"
# Each is a guest that came as far as its memory and did not start. Ample.
_MOST_ATTEMPTS = 1000


class CannotAsk(Exception):
    """Nothing is known: there are no credentials, or no answer that decides. To be asked again."""


class Unreadable(Exception):
    """It is decided, and the decision was deleted or is somebody else's. Final: it never runs."""


@dataclass(frozen=True)
class Epoch:
    """One freeze of a lineage; nonce is its manifest's."""

    lineage: str
    number: int
    nonce: str

    def record_id(self, attempt: int) -> str:
        """The id of the image that is the record of this attempt to run it."""
        name = f"{self.number}.{attempt}" if attempt else str(self.number)
        return str(uuid.uuid5(uuid.UUID(self.nonce), name))

    def as_json(self) -> Dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Decision:
    """What stands; claimant is None when it is withdrawn."""

    record_id: str
    claimant: Optional[str]
    running: bool = False

    @property
    def withdrawn(self) -> bool:
        return self.claimant is None

    def refusal(self, epoch: Epoch) -> str:
        """Why nobody else may run it."""
        which = f"epoch {epoch.number} of {epoch.lineage}"
        if self.withdrawn:
            return f"{which} was withdrawn: its guest runs on where it was"
        state = "runs" if self.running else "is claimed"
        return f"{which} {state} already, as {self.claimant}"


class Records(Protocol):
    """The register: images that have no data. All raise CannotAsk."""

    def create(self, record: Mapping[str, str]) -> bool:
        """Whether it was written; otherwise there is, or was, one with its id."""

    def get(self, record_id: str) -> Optional[Mapping[str, Any]]:
        """None when there is none that may be read."""

    def add(self, record_id: str, name: str, value: str) -> None:
        """One property more. Raises Unreadable when the record is gone."""


def decide(records: Records, epoch: Epoch, claimant: Optional[str]) -> Decision:
    """Claims for the claimant, or withdraws for None, unless it is decided; what stands then.

    Asked again with the same claimant, it answers the same. Raises CannotAsk, Unreadable.
    """
    for attempt in range(_MOST_ATTEMPTS):
        record_id = epoch.record_id(attempt)
        if records.create(_record(epoch, record_id, claimant)):
            return Decision(record_id, claimant)
        found = records.get(record_id)
        if found is None:
            raise Unreadable(f"the decision about epoch {epoch.number} was deleted")
        if not _is_returned(found):
            return _decision(record_id, found)
        if claimant is not None and found.get(names.CLAIMANT) == claimant:
            raise Unreadable(f"{claimant} has returned epoch {epoch.number}")
    raise Unreadable(f"epoch {epoch.number} was returned {_MOST_ATTEMPTS} times")


def take_back(
    records: Records,
    epoch: Epoch,
    is_complete: Callable[[], bool],
    was_asked: bool,
    note_asked: Callable[[], None],
) -> Optional[Decision]:
    """The withdrawal that stands, or None when the package is the instance.

    A package that is complete is the instance, until the register was asked for the first time,
    which is noted before: that request may be carried out after its asker has stopped waiting, and
    the package be complete by then. Raises CannotAsk while nothing is known, Unreadable.
    """
    if not was_asked:
        if is_complete():
            return None
        note_asked()
    decision = decide(records, epoch, None)
    if decision.running:
        return None
    if not decision.withdrawn:
        raise CannotAsk(decision.refusal(epoch))
    return decision


def look(records: Records, epoch: Epoch) -> Optional[Decision]:
    """What stands, or None when it may still be decided. Raises CannotAsk, Unreadable."""
    for attempt in range(_MOST_ATTEMPTS):
        found = records.get(epoch.record_id(attempt))
        if found is None:
            return None
        if not _is_returned(found):
            return _decision(epoch.record_id(attempt), found)
    raise Unreadable(f"epoch {epoch.number} was returned {_MOST_ATTEMPTS} times")


def say_running(records: Records, decision: Decision) -> None:
    """The claimant's guest runs. Raises CannotAsk, Unreadable."""
    records.add(decision.record_id, names.RUNNING, _SET)


def give_back(records: Records, decision: Decision) -> None:
    """The claimant's guest never ran and never will by this claim. Raises CannotAsk, Unreadable."""
    records.add(decision.record_id, names.RETURNED, _SET)


def _record(epoch: Epoch, record_id: str, claimant: Optional[str]) -> Dict[str, str]:
    record = {
        "id": record_id,
        "name": f"tresccad handover {epoch.lineage} {epoch.number}",
        names.HANDOVER: _SET,
        names.LINEAGE: epoch.lineage,
        names.EPOCH: str(epoch.number),
        names.VERDICT: CLAIMED if claimant else WITHDRAWN,
    }
    return {**record, names.CLAIMANT: claimant} if claimant else record


def _is_returned(record: Mapping[str, Any]) -> bool:
    return bool(record.get(names.VERDICT) == CLAIMED and record.get(names.RETURNED) == _SET)


def _decision(record_id: str, record: Mapping[str, Any]) -> Decision:
    verdict, claimant = record.get(names.VERDICT), record.get(names.CLAIMANT)
    if verdict == WITHDRAWN:
        return Decision(record_id, None)
    if verdict == CLAIMED and claimant:
        return Decision(record_id, str(claimant), record.get(names.RUNNING) == _SET)
    raise Unreadable(f"record {record_id} has no verdict")
