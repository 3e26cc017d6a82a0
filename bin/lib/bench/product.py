"""Moves as tresccad does them."""

import time
from typing import Optional

from bench.api import Api, Refused
from bench.guests import Guest

_PATIENCE_SECONDS = 3600.0
# What the daemon says of a mode it knows by name only.
_UNKNOWN = "does not exist in this version"
_ENDED = ("DONE", "WITHDRAWN", "FAILED")


class ModeMissing(Exception):
    """The daemon does not have this mode."""


class MoveFailed(Exception):
    """The move ended, and the guest is not at its destination."""


def move(guest: Guest, target: Api, mode: str) -> None:
    """Asks for a move and waits for its end; the guest is then at TARGET.

    Raises ModeMissing or MoveFailed.
    """
    source = guest.api
    wanted = {"tresccad:migrate": {"destination": target.host.name, "mode": mode}}
    try:
        source.ask("POST", f"/compute/v2.1/servers/{guest.server}/action", wanted)
    except Refused as refused:
        if refused.status == 400 and _UNKNOWN in str(refused):
            raise ModeMissing(str(refused)) from refused
        raise
    identity: Optional[str] = None
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if identity is None:
            moves = source.ask("GET", f"/tresccad/v1/moves?server_id={guest.server}")["moves"]
            identity = moves[0]["id"]
        seen = source.ask("GET", f"/tresccad/v1/moves/{identity}")["move"]
        if seen["state"] == "DONE":
            guest.api, guest.server = target, seen["new_server_id"]
            return
        if seen["state"] in _ENDED:
            raise MoveFailed(f"{mode} move ended as {seen['state']}: {seen['error']}")
        time.sleep(0.25)
    raise TimeoutError(f"move {identity} does not end")
