"""The container: tar with one form of header, in which only name and size vary."""

import re
from dataclasses import dataclass
from typing import BinaryIO, Optional, Protocol

from tresccad_openstack.package.errors import PackageInvalid

BLOCK = 512
_ZERO = bytes(BLOCK)
_NAME = 100
_SIZE = slice(124, 136)
_CHECKSUM = slice(148, 156)
_TYPE = 156
_MOST_SIZE = (1 << 33) - 1
_END = "the end of the archive"
_FOREIGN = {
    b"PK\x03\x04": "is a zip file, as packages of the 2014 prototype are; those have no manifest",
    b"PK\x05\x06": "is an empty zip file",
    b"QFI\xfb": "is a qcow2 disk image, not a package",
    b"\x28\xb5\x2f\xfd": "is a zstd file; a package must not be compressed as a whole",
    b"\x1f\x8b\x08\x00": "is a gzip file; a package must not be compressed as a whole",
    b"Libv": "is a libvirt save image, not a package",
}


class Source(Protocol):
    """A stream of bytes: read gives at least one of them, none only at its end."""

    def read(self, size: int, /) -> bytes:
        ...


@dataclass(frozen=True)
class Header:
    """One entry: its name, and the bytes of its content."""

    name: str
    size: int

    @property
    def padding(self) -> int:
        return -self.size % BLOCK

    def encode(self) -> bytes:
        name = self.name.encode("latin-1")
        if not 1 <= len(name) <= _NAME or not 0 <= self.size <= _MOST_SIZE:
            raise ValueError(f"no tar entry can be called {self.name!r} and have {self.size} bytes")
        block = bytearray(BLOCK)
        for at, text in (
            (0, name),
            (100, b"0000644\0" + 2 * b"0000000\0"),
            (_SIZE.start, b"%011o\0" % self.size + b"00000000000\0"),
            (_TYPE, b"0"),
            (257, b"ustar\x0000"),
            (329, 2 * b"0000000\0"),
        ):
            end = at + len(text)
            block[at:end] = text
        block[_CHECKSUM] = _checksum(block)
        return bytes(block)

    @staticmethod
    def decode(block: bytes) -> "Header":
        """Raises PackageInvalid unless the block is exactly as encode makes it."""
        name = block[:_NAME].split(b"\0", 1)[0].decode("latin-1")
        if not name:
            raise PackageInvalid("a tar header", "has no name")
        digits = block[_SIZE]
        if not re.fullmatch(rb"[0-7]{11}\0", digits):
            raise PackageInvalid(name, "its size is not written as 11 octal digits")
        header = Header(name, int(digits[:-1], 8))
        if header.encode() != block:
            raise PackageInvalid(name, _complaint(block))
        return header


def _checksum(block: bytes) -> bytes:
    total = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    return b"%06o\0 " % total


def _complaint(block: bytes) -> str:
    kind = chr(block[_TYPE])
    if kind != "0":
        return f"is not a regular file but of tar type {kind!r}"
    if block[_CHECKSUM] != _checksum(block):
        return "its tar header is damaged (checksum)"
    return "its tar header is not in the one form this format allows"


class TarInput:
    """Reads entries front to back, without seeking."""

    def __init__(self, source: Source, first: str) -> None:
        self._source = source
        self._where = first
        self._consumed = 0
        self.last_block = b""

    def next(self) -> Optional[Header]:
        """The next entry; None at the end, when the stream has ended too.

        The content of the entry before must have been read. Raises PackageInvalid.
        """
        block = self.last_block = self._exactly(BLOCK)
        if block != _ZERO:
            header = Header.decode(block)
            self._where = header.name
            return header
        self._where = _END
        if self._exactly(BLOCK) != _ZERO:
            raise PackageInvalid(_END, "one zero block is followed by something else")
        if self._source.read(1):
            raise PackageInvalid(_END, "is followed by more data")
        return None

    def content(self, header: Header, most: int) -> bytes:
        """The content of the entry that came last, if it is not longer than most."""
        if header.size > most:
            raise PackageInvalid(header.name, f"is larger than {most} bytes")
        content = self._exactly(header.size)
        if any(self._exactly(header.padding)):
            raise PackageInvalid(header.name, "the padding after it is not zero")
        return content

    def _exactly(self, size: int) -> bytes:
        pieces = []
        lacking = size
        while lacking:
            piece = self._source.read(lacking)
            if not piece:
                at = self._consumed + size - lacking
                raise PackageInvalid(
                    self._where, f"the stream ends in it or right after it, at byte {at}"
                )
            pieces.append(piece)
            lacking -= len(piece)
        self._consumed += size
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def refuse_foreign(start: bytes) -> None:
    """Raises PackageInvalid when start is the beginning of another kind of file, and names it."""
    reason = _FOREIGN.get(start[:4])
    if reason is not None:
        raise PackageInvalid("the file", reason)


def write_entry(out: BinaryIO, name: str, content: bytes) -> None:
    header = Header(name, len(content))
    out.write(header.encode() + content + bytes(header.padding))


def write_end(out: BinaryIO) -> None:
    out.write(2 * _ZERO)
