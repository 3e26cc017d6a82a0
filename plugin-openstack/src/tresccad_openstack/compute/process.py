"""The process that writes and reads packages, and takes them to and from Glance itself.

Services on green threads only wait for it. Nova's own way would be a native thread, whose locks are
eventlet's; of several that upload at once, one may wait for ever.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import List, Mapping

from tresccad_openstack.package.limits import Room
from tresccad_openstack.package.transfer import Place

_COMMAND = [sys.executable or "/usr/bin/python3", "-m", "tresccad_openstack.package"]
_ERROR_BYTES = 4096


class ProcessFailed(Exception):
    """It ended with an error; the message is what it said."""


def upload(place: Place, manifest: Path, backing: str, members: Mapping[str, Path]) -> None:
    """Puts the package of these members there. Raises ProcessFailed; what is there is then not
    complete, unless only the answer was lost."""
    named = [f"{name}={path}" for name, path in members.items()]
    _run(place, ["upload", str(manifest), "--backing", backing, *named])


def download(place: Place, directory: Path, room: Room) -> None:
    """Unpacks the package that is there into files of the directory. Raises ProcessFailed, before
    anything but its manifest was read where its guest does not have the room's sizes."""
    sizes = (room.vcpus, room.memory_mib, room.disk_bytes)
    _run(place, ["download", str(directory), *map(str, sizes)])


def _run(place: Place, arguments: List[str]) -> None:
    """The token is in no argument, which others may see. Standard input stays open meanwhile: when
    this service dies, so does the process."""
    child = subprocess.Popen(
        [*_COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None and child.stderr is not None
    try:
        try:
            child.stdin.write(json.dumps(place.as_json()).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            pass  # it says why at its end
        said = child.stderr.read().decode(errors="replace")
        code = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        child.stdin.close()
        child.stderr.close()
    if code != 0:
        raise ProcessFailed(_message(said) or f"it ended with {code}")


def _message(said: str) -> str:
    lines = said[-_ERROR_BYTES:].strip().splitlines()
    try:
        return str(json.loads(lines[-1])["message"])
    except (ValueError, KeyError, IndexError):
        return lines[-1] if lines else ""
