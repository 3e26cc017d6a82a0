"""The head of a qcow2 overlay: what it says of its backing file, and the same with another name.

Source of the layout: docs/interop/qcow2.txt of QEMU. The name lies in the first cluster, behind
the header and its extensions; nothing but it and the two fields that point to it is changed.
"""

import struct
from dataclasses import dataclass
from typing import Optional

_MAGIC = b"QFI\xfb"
_START = struct.Struct(">4sIQII")
_V3_HEADER = 104
_END_OF_EXTENSIONS = 0
# Of a name; QEMU's own limit.
_MOST_NAME = 1023
_SMALLEST_CLUSTER_BITS = 9
_LARGEST_CLUSTER_BITS = 21
# Incompatible features that concern the file alone: kind of compression, extended L2 entries.
_HARMLESS = 0b11000
# More than any first cluster has.
MOST_BYTES = 1 << _LARGEST_CLUSTER_BITS


class NotAnOverlay(Exception):
    """The bytes are not the beginning of a qcow2 file, or its name has no room."""


@dataclass(frozen=True)
class Head:
    """backing is the name as it stands there; it is never opened."""

    cluster_size: int
    virtual_size: int
    backing: Optional[str]


def head(first: bytes) -> Head:
    """Of a file's first bytes, at least its first cluster.

    Raises NotAnOverlay, also for what reaches beyond file and base: an external data file
    (CVE-2024-32498), snapshots, encryption.
    """
    if len(first) < _V3_HEADER:
        raise NotAnOverlay("it is too short")
    magic, version, offset, length, bits = _START.unpack_from(first)
    if magic != _MAGIC or version not in (2, 3):
        raise NotAnOverlay("it is not a qcow2 file")
    if not _SMALLEST_CLUSTER_BITS <= bits <= _LARGEST_CLUSTER_BITS:
        raise NotAnOverlay(f"clusters of 2^{bits} bytes")
    size = 1 << bits
    virtual_size, encryption = struct.unpack_from(">QI", first, 24)
    snapshots = struct.unpack_from(">I", first, 60)[0]
    incompatible = struct.unpack_from(">Q", first, 72)[0] if version == 3 else 0
    if encryption or snapshots or incompatible & ~_HARMLESS:
        raise NotAnOverlay("it has an external data file, snapshots or encryption, or is damaged")
    if not offset:
        return Head(size, virtual_size, None)
    end = offset + length
    if length > _MOST_NAME or end > min(size, len(first)):
        raise NotAnOverlay("the name of its backing file is out of range")
    return Head(size, virtual_size, first[offset:end].decode("latin-1"))


def with_backing(cluster: bytes, name: str) -> bytes:
    """The first cluster with another name of the backing file. Raises NotAnOverlay."""
    found = head(cluster)
    if len(cluster) != found.cluster_size or found.backing is None:
        raise NotAnOverlay("it is not the first cluster of an overlay")
    text = name.encode("latin-1")
    offset = _end_of_extensions(cluster)
    end = offset + len(text)
    if len(text) > _MOST_NAME or end > len(cluster):
        raise NotAnOverlay("the name has no room in the first cluster")
    changed = bytearray(cluster[:offset] + bytes(len(cluster) - offset))
    changed[offset:end] = text
    struct.pack_into(">QI", changed, 8, offset, len(text))
    return bytes(changed)


def _end_of_extensions(cluster: bytes) -> int:
    """Where the name goes: extensions are id, length, content up to a multiple of eight."""
    version = struct.unpack_from(">I", cluster, 4)[0]
    at = struct.unpack_from(">I", cluster, 100)[0] if version == 3 else 72
    while at + 8 <= len(cluster):
        kind, length = struct.unpack_from(">II", cluster, at)
        at += 8
        if kind == _END_OF_EXTENSIONS:
            return int(at)
        at += length + -length % 8
    raise NotAnOverlay("its header extensions do not end")
