"""Packages and their parts, as tests make and break them."""

import io
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Tuple

from tresccad_openstack.package import tar
from tresccad_openstack.package.delta import ReferenceSource
from tresccad_openstack.package.manifest import (
    BaseImage,
    Cpu,
    Flavor,
    Guest,
    Hardware,
    Home,
    Identity,
    Key,
    Manifest,
    Nic,
    Reference,
)
from tresccad_openstack.package.member import GONE_AHEAD, Member, in_order
from tresccad_openstack.package.reader import PackageReader
from tresccad_openstack.package.writer import write

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = REPOSITORY / "server" / "src" / "test" / "resources" / "package"
PART = 4096

# What v1-manifest.json says.
MANIFEST = Manifest(
    Identity(
        "3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11",
        7,
        "b3a1c9a4-52b9-4d6e-8d39-6f2f3a1be001",
        Home("tresccad", "11111111-2222-4333-8444-555555555555", "edge-a"),
    ),
    "2026-11-20T12:34:56.789Z",
    "tresccad 1.0.0",
    Guest(
        "counter",
        Flavor("m1.tiny", 1, 128, 1),
        {"owner": "Zoë", "role": "edge"},
        Key("mine", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me"),
        "IyEvYmluL3NoCg==",
        True,
    ),
    Hardware(
        "qemu",
        "x86_64",
        "pc-i440fx-7.2",
        Cpu("qemu64", ("aes", "sse4.1"), ("svm",)),
        1,
        128,
        "bios",
        "console=ttyS0",
        1 << 30,
        (Nic("52:54:00:12:34:56", "192.168.70.5", "virtio"),),
        "7.2.13",
        "9.0.0",
    ),
    BaseImage("ab" * 64, "cd" * 64, "tick", "qcow2", 12345678, 1 << 30),
    (Member.KERNEL, Member.RAMDISK, Member.LIBVIRT_XML, Member.DISK, Member.SNAPSHOT),
)


def golden_contents() -> Dict[Member, bytes]:
    """What v1.tresccad has in it."""
    snapshot = bytearray(2 * PART + 1000)
    snapshot[:16] = b"LibvirtQemudSave"
    return {
        Member.LIBVIRT_XML: b"<domain type='qemu'/>\n",
        Member.KERNEL: b"not much of a kernel\n",
        Member.RAMDISK: b"",
        Member.DISK: bytes(PART),
        Member.SNAPSHOT: bytes(snapshot),
    }


def noise(length: int, seed: int) -> bytes:
    """Bytes that do not compress: the upper bytes of a multiplicative generator."""
    found = bytearray()
    for _ in range(length):
        seed = seed * 48271 % 0x7FFFFFFF
        found.append(seed >> 16 & 0xFF)
    return bytes(found)


def save_image(time: int) -> bytes:
    """The save image in v1-delta.tresccad (time 1) and the one it refers to (time 0): sixty pages,
    a third of them zero, some of them others at time 1; as the server's GoldenDeltaTest has it."""

    def name(text: str) -> bytes:
        return bytes([len(text)]) + text.encode()

    footer = b"\x7e" + struct.pack(">I", 2)
    xml = b"<domain type='qemu'/>"
    image = b"LibvirtQemudSave" + struct.pack("<III", 2, len(xml) + 1000, 1)
    image = image.ljust(92, b"\0") + xml + bytes(1000)
    image += b"QEVM" + struct.pack(">IBI", 3, 7, 13) + b"pc-i440fx-7.2"
    image += b"\x01" + struct.pack(">I", 2) + name("ram") + struct.pack(">II", 0, 4)
    image += struct.pack(">Q", 60 * PART + 65536 | 4)
    image += name("pc.ram") + struct.pack(">Q", 60 * PART)
    image += name("0000:00:02.0/vga.vram") + struct.pack(">QQ", 65536, 0x10) + footer
    for first in range(0, 60, 25):
        last = min(60, first + 25)
        image += (b"\x03" if last == 60 else b"\x02") + struct.pack(">I", 2)
        for i in range(first, last):
            is_zero = i % 3 == 2
            flags = (0x02 if is_zero else 0x08) | (0 if i == first else 0x20)
            image += struct.pack(">Q", i * PART | flags)
            image += name("pc.ram") if i == first else b""
            changed = time > 0 and i % 20 == 10
            image += b"\0" if is_zero else noise(PART, (1000 if changed else 100) + i)
        image += struct.pack(">Q", 0x10) + footer
    return image + noise(300, 7 + time)


def manifest_of(contents: Mapping[Member, bytes]) -> Manifest:
    return replace(MANIFEST, members=in_order(contents))


def pack(
    contents: Mapping[Member, bytes], manifest: Optional[Manifest] = None, part_size: int = PART
) -> bytes:
    out = io.BytesIO()
    sources = {member: partial(io.BytesIO, content) for member, content in contents.items()}
    write(manifest or manifest_of(contents), sources, out, part_size)
    return out.getvalue()


def unpack(
    package: bytes, references: Optional[Mapping[Reference, ReferenceSource]] = None
) -> Dict[Member, bytes]:
    reader = PackageReader(io.BytesIO(package))
    members = set(reader.manifest.members) - GONE_AHEAD
    sinks = {member: io.BytesIO() for member in members}
    reader.extract(sinks, references)
    return {member: sink.getvalue() for member, sink in sinks.items()}


def entries(package: bytes) -> List[Tuple[str, bytes]]:
    """Names and contents, as they are."""
    found = []
    source = tar.TarInput(io.BytesIO(package), "")
    while header := source.next():
        found.append((header.name, source.content(header, 1 << 30)))
    return found


def archive(of: List[Tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    for name, content in of:
        tar.write_entry(out, name, content)
    tar.write_end(out)
    return out.getvalue()
