"""Whether a guest's memory has room on the compute node's disk."""

import shutil
from pathlib import Path

from tresccad_openstack.domainxml import CannotCarry

# What a save image has beside the memory (device state, a record's head for each page), and what
# goes on being written meanwhile.
_MARGIN = 256 << 20


def require(directory: Path, memory_mib: int) -> None:
    """Raises CannotCarry unless so much memory can be written below that directory."""
    memory = memory_mib << 20
    needed = memory + memory // 128 + _MARGIN
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise CannotCarry(
            f"its compute node has no room for its memory: {needed >> 20} MiB are needed, "
            f"{free >> 20} are free"
        )
