"""The members of a package."""

from enum import Enum
from typing import Iterable, Optional, Tuple


class Member(Enum):
    """The members in the only order they may have; the value is the member's name inside."""

    # Blocks sent before the guest was frozen; only in packages with delta.
    AHEAD = "ahead"
    KERNEL = "kernel"
    RAMDISK = "ramdisk"
    # A save image of the guest that still ran, of use before it is frozen only.
    SNAPSHOT_AHEAD = "snapshot-ahead"
    LIBVIRT_XML = "libvirt.xml"
    DISK = "disk"
    # Memory and device state: a libvirt save image.
    SNAPSHOT = "snapshot"

    @property
    def place(self) -> int:
        return _ORDER.index(self)

    @staticmethod
    def named(name: str) -> Optional["Member"]:
        return next((member for member in _ORDER if member.value == name), None)


_ORDER: Tuple[Member, ...] = tuple(Member)


# Sent while the guest still ran; no content of its own.
GONE_AHEAD = frozenset({Member.AHEAD, Member.SNAPSHOT_AHEAD})


def in_order(members: Iterable[Member]) -> Tuple[Member, ...]:
    """Each of them once, as they follow each other in a package."""
    return tuple(sorted(set(members), key=lambda member: member.place))
