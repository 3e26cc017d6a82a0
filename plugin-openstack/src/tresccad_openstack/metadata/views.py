"""The guest API's documents, as tresccad hosts write them (docs/api-guest.md)."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional

from tresccad_openstack import names
from tresccad_openstack.metadata import record
from tresccad_openstack.metadata.answers import Refused
from tresccad_openstack.metadata.policy import Rules

_NOT_SAID = "It was not saved; the events of the server tell its owner why."


@dataclass(frozen=True)
class Place:
    """What guests are told of where they are: the cloud, never the compute node."""

    cloud: str
    region: str


@dataclass(frozen=True)
class Failure:
    """The last error of a server, as its owner reads it."""

    message: str
    at: datetime


@dataclass(frozen=True)
class Server:
    """What Nova knows of the server whose guest asks; status and task state are Nova's words."""

    id: str
    name: str
    status: str
    task: Optional[str]
    zone: str
    created: datetime
    metadata: Mapping[str, str]
    system_metadata: Mapping[str, str]
    failure: Optional[Failure] = None

    @property
    def epoch(self) -> int:
        """Of its lineage's handovers, the last."""
        return int(self.system_metadata.get(names.EPOCH, "0"))


def instance(server: Server, here: Place) -> Dict[str, Any]:
    came = record.arrival(server.system_metadata)
    return {
        "id": server.id,
        "name": server.name,
        "lineage": server.system_metadata.get(names.LINEAGE, server.id),
        "epoch": server.epoch,
        "status": server.status,
        "task": server.task,
        "location": {"host": here.cloud, "region": here.region, "zone": server.zone},
        "thawed": came and {"at": _seconds(came.thawed), "gap_seconds": came.gap_seconds},
    }


def events(server: Server, here: Place, after: int) -> List[Dict[str, Any]]:
    """Those of a higher number. A server of Nova's has come at most once."""
    came = record.arrival(server.system_metadata)
    if came is None or came.epoch <= after:
        return []
    return [
        {
            "number": came.epoch,
            "event": "thawed",
            "at": _seconds(came.thawed),
            "gap_seconds": came.gap_seconds,
            "source": came.source,
            "host": here.cloud,
        }
    ]


def destinations(server: Server, rules: Rules) -> Dict[str, Any]:
    """Nobody here can know whether they are reachable: it is they who ask."""
    return {"destinations": [_destination(server, rules, n) for n in rules.names(server.metadata)]}


def _destination(server: Server, rules: Rules, name: str) -> Dict[str, Any]:
    reason = None
    try:
        rules.check(server.metadata, name)
    except Refused as refused:
        reason = str(refused)
    return {
        "name": name,
        "kind": "tresccad",
        "reachable": None,
        "allowed": reason is None,
        "reason": reason,
        "predicted": None,
    }


def migrations(server: Server, here: Place) -> List[Dict[str, Any]]:
    """Newest first: what the guest asked for here, and how it came."""
    asked = record.asked(server.system_metadata)
    found = [_away(server, here, each, newest=n == 0) for n, each in enumerate(asked)]
    came = record.arrival(server.system_metadata)
    # Whatever is asked for here is asked for later.
    return found + ([_came(server, here, came)] if came else [])


def migration(asked: record.Asked, here: Place, status: str = "requested") -> Dict[str, Any]:
    return {
        "id": asked.id,
        "status": status,
        "source": here.cloud,
        "destination": asked.destination,
        "mode": "package",
        "error": None,
        "started_at": _seconds(asked.at),
        "ended_at": None,
        "interruption_seconds": None,
        "total_seconds": None,
        "receiving_seconds": None,
    }


def _away(server: Server, here: Place, asked: record.Asked, newest: bool) -> Dict[str, Any]:
    """A guest that reads this has not gone."""
    if newest and server.task is not None:
        return migration(asked, here, "preparing")
    found = migration(asked, here, "error")
    failure = server.failure
    # Nova keeps the last failure only, by a clock that counts in seconds.
    if newest and failure is not None and failure.at >= asked.at.replace(microsecond=0):
        return {**found, "error": failure.message, "ended_at": _seconds(failure.at)}
    return {**found, "error": _NOT_SAID}


def _came(server: Server, here: Place, came: record.Arrival) -> Dict[str, Any]:
    return {
        "id": came.image_id,
        "status": "completed",
        "source": came.source,
        "destination": here.cloud,
        "mode": None,
        "error": None,
        "started_at": _seconds(server.created),
        "ended_at": _seconds(came.thawed),
        "interruption_seconds": None,
        "total_seconds": None,
        "receiving_seconds": max(0.0, (came.thawed - server.created).total_seconds()),
    }


def _seconds(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
