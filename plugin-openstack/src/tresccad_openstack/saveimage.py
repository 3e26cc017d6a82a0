"""libvirt's save image: its header, and how the XML in it is replaced.

Layout (libvirt 9.0, qemu_saveimage.c), little-endian: 16 bytes magic, u32 version, data_len,
was_running, compressed, cookieOffset, 14 unused (92 bytes in all); then data_len bytes: XML, NUL,
cookie, zeros; then QEMU's stream. cookieOffset counts from the beginning of the XML, so it moves
with the XML's length; data_len stays, and nothing behind it moves.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER = struct.Struct("<16s5I56x")
_MAGIC = b"LibvirtQemudSave"
_VERSION = 2
_UNCOMPRESSED = 0
# Ample; what is stated is read into memory.
_MOST_DATA = 16 << 20


class NotASaveImage(Exception):
    """The file is not a finished, uncompressed save image, or the new XML has no room in it."""


@dataclass(frozen=True)
class SaveImage:
    """The head of one."""

    xml: str
    cookie: bytes
    was_running: bool
    data_length: int


def read(path: Path) -> SaveImage:
    """Raises NotASaveImage, OSError."""
    with open(path, "rb") as file:
        return _read(file)


def _read(file: BinaryIO) -> SaveImage:
    start = file.read(_HEADER.size)
    if len(start) < _HEADER.size:
        raise NotASaveImage("it is too short")
    magic, version, length, was_running, compressed, cookie_at = _HEADER.unpack(start)
    if magic != _MAGIC or version != _VERSION:
        raise NotASaveImage("it is not a finished save image of version 2")
    if compressed != _UNCOMPRESSED:
        raise NotASaveImage("its memory is compressed")
    if not 1 <= length <= _MOST_DATA:
        raise NotASaveImage(f"it states {length} bytes of XML")
    data = file.read(length)
    end = data.find(b"\0")
    if len(data) != length or end < 0:
        raise NotASaveImage("its XML does not end")
    cookie = b""
    if cookie_at:
        if not end < cookie_at < length:
            raise NotASaveImage("its cookie is out of range")
        cookie = data[cookie_at:].split(b"\0", 1)[0]
    try:
        xml = data[:end].decode("utf-8")
    except UnicodeDecodeError:
        raise NotASaveImage("its XML is not UTF-8") from None
    return SaveImage(xml, cookie, was_running != 0, length)


def replace_xml(path: Path, xml: str) -> None:
    """In place. Raises NotASaveImage, OSError."""
    with open(path, "r+b") as file:
        found = _read(file)
        text = xml.encode("utf-8") + b"\0"
        cookie_at = len(text) if found.cookie else 0
        data = text + (found.cookie + b"\0" if found.cookie else b"")
        if len(data) > found.data_length:
            raise NotASaveImage(f"the new XML needs {len(data)} bytes and has {found.data_length}")
        head = _HEADER.pack(
            _MAGIC, _VERSION, found.data_length, found.was_running, _UNCOMPRESSED, cookie_at
        )
        file.seek(0)
        file.write(head + data.ljust(found.data_length, b"\0"))
