"""Writes or reads one package in a process of its own: real threads, and what arrives is looked at
with no rights but the caller's.

  python3 -m tresccad_openstack.package write MANIFEST [--backing NAME] MEMBER=FILE...

writes the package of these members to standard output. MANIFEST is a file with the manifest. With
--backing, disk is written as if its backing file were called so.

  python3 -m tresccad_openstack.package read DIRECTORY [VERDICT]

reads a package from standard input. The manifest is written to DIRECTORY/manifest.json first, then
each member to a file of its name, sparse where it is zero. With VERDICT, a named pipe, nothing but
the manifest is read before a line comes through it; "no" ends it.

  python3 -m tresccad_openstack.package upload MANIFEST [--backing NAME] MEMBER=FILE...
  python3 -m tresccad_openstack.package download DIRECTORY VCPUS MEMORY_MIB DISK_BYTES

are the same with a server in the place of standard output and input. A line of JSON comes by
standard input, a transfer.Place; when that ends, whoever waits for the process is gone, and it ends
too. No member is read of a package whose guest has other vCPUs or memory, or a larger disk.

A package with parts that refer to content elsewhere is refused: such are on their way between
tresccad hosts.

Exit code 0: all is there and was verified. Otherwise standard error ends with a line of JSON,
{"error": NAME, "message": TEXT}, and what was written is to be thrown away.
"""

import json
import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import BinaryIO, Callable, List, Optional

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2, transfer
from tresccad_openstack.package.errors import MemberFailed, PackageInvalid
from tresccad_openstack.package.limits import Room
from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.reader import PackageReader
from tresccad_openstack.package.tar import Source
from tresccad_openstack.package.transfer import Place, TransferFailed
from tresccad_openstack.package.writer import Opener, write

_HOLE = 4096
_ZEROS = bytes(_HOLE)


class SparseFile:
    """A new file in which blocks of zeros take no room."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = open(path, "xb", buffering=0)
        self._size = 0

    def write(self, content: bytes) -> None:
        """Only the last piece may be other than a multiple of 4096 bytes long."""
        start = None
        for at in range(0, len(content), _HOLE):
            end = at + _HOLE
            block = content[at:end]
            if block == _ZEROS[: len(block)]:
                self._write(content, start, at)
                start = None
            elif start is None:
                start = at
        self._write(content, start, len(content))
        self._size += len(content)

    def _write(self, content: bytes, start: Optional[int], end: int) -> None:
        if start is None:
            return
        view, offset = memoryview(content)[start:end], self._size + start
        while view:
            written = os.pwrite(self._file.fileno(), view, offset)
            view = view[written:]
            offset += written

    def close(self) -> None:
        """The end may be zeros too."""
        os.ftruncate(self._file.fileno(), self._size)
        os.fsync(self._file.fileno())
        self._file.close()


class _Renamed:
    """An overlay's content with another name of its backing file."""

    def __init__(self, path: Path, backing: str) -> None:
        self._file = open(path, "rb")
        start = self._file.read(qcow2.MOST_BYTES)
        try:
            size = qcow2.head(start).cluster_size
            self._start = qcow2.with_backing(start[:size], backing) + start[size:]
        except qcow2.NotAnOverlay as error:
            raise OSError(f"{path}: {error}") from error

    def read(self, size: int) -> bytes:
        if self._start:
            taken, self._start = self._start[:size], self._start[size:]
            return taken
        return self._file.read(size)


def _open(path: Path, backing: Optional[str]) -> Source:
    if backing is not None:
        return _Renamed(path, backing)
    return open(path, "rb", buffering=0)


def _writing(arguments: List[str]) -> Callable[[BinaryIO], object]:
    manifest_file, *rest = arguments
    backing = None
    if rest[:1] == ["--backing"]:
        backing, rest = rest[1], rest[2:]
    head = manifests.read(Path(manifest_file).read_bytes())
    sources: dict[Member, Opener] = {}
    for argument in rest:
        name, path = argument.split("=", 1)
        member = Member(name)
        renamed = backing if member is Member.DISK else None
        sources[member] = partial(_open, Path(path), renamed)
    return lambda out: write(head.manifest, sources, out, head.part_size)


def _write(arguments: List[str]) -> None:
    with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
        _writing(arguments)(out)


def _unpack(source: Source, directory: Path, accept: Callable[[Manifest], None]) -> None:
    reader = PackageReader(source)
    if reader.manifest.references:
        raise PackageInvalid(manifests.ENTRY, "parts of the package refer to content elsewhere")
    # Renamed into place: who waits for it finds it whole.
    (directory / "manifest.json.new").write_bytes(reader.manifest_content)
    os.rename(directory / "manifest.json.new", directory / "manifest.json")
    accept(reader.manifest)
    sinks = {m: SparseFile(directory / m.value) for m in reader.manifest.members}
    reader.extract(sinks)
    for sink in sinks.values():
        sink.close()


def _read(arguments: List[str]) -> None:
    def accept(manifest: Manifest) -> None:
        if len(arguments) > 1 and Path(arguments[1]).read_text().strip() == "no":
            raise PackageInvalid(manifests.ENTRY, "was refused by its reader")

    with os.fdopen(sys.stdin.fileno(), "rb", closefd=False) as source:
        _unpack(source, Path(arguments[0]), accept)


def _place() -> Place:
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as given:
        place = Place.from_json(json.loads(given.readline()))
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    return place


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(1)


def _upload(arguments: List[str]) -> None:
    transfer.upload(_place(), _writing(arguments))


def _download(arguments: List[str]) -> None:
    directory, *sizes = arguments
    room = Room(*map(int, sizes))
    with transfer.download(_place()) as source:
        _unpack(source, Path(directory), lambda manifest: room.check(manifest.hardware))


def main(arguments: List[str]) -> int:
    try:
        if arguments[:1] == ["write"] and len(arguments) > 2:
            _write(arguments[1:])
        elif arguments[:1] == ["read"] and len(arguments) in (2, 3):
            _read(arguments[1:])
        elif arguments[:1] == ["upload"] and len(arguments) > 2:
            _upload(arguments[1:])
        elif arguments[:1] == ["download"] and len(arguments) == 5:
            _download(arguments[1:])
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except (PackageInvalid, MemberFailed, TransferFailed, OSError, ValueError) as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
