"""Moves as the prototype of 2014 did them: save, zip, upload, download, unzip, rewrite, restore.

Each step ends before the next begins. The package is a zip of "disk" (the overlay), "kernel",
"ramdisk", "snapshot" (libvirt's save image) and "libvirt.xml"; it goes through an image service, as
in any OpenStack on a machine of its own, with plain programs on both sides. Nothing is slower than
it has to be: what a later step does not need is removed at once (so it takes less room, too), base
images are already at the target, and Info-ZIP's own deflate does the packing.
"""

import os
import re
import shutil
import struct
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Callable, Dict, List

from bench.api import Api
from bench.guests import Guest
from bench.world import Host

_VIRSH = ["virsh", "-q", "-c", "qemu:///system"]
# libvirt's qemu_saveimage.h: magic, then u32 version, data_len, was_running, compressed,
# cookieOffset, 14 unused; then data_len bytes: domain XML, NUL, cookie, zeros; then QEMU's stream.
_MAGIC = b"LibvirtQemudSave"
_HEADER = struct.Struct("<16s5I14I")


class Pipeline:
    """One move. LEVEL is zip's: 9 as published, 0 for a package that is only stored."""

    def __init__(self, guest: Guest, store: Api, target: Host, base: Path, level: int) -> None:
        self._guest = guest
        self._store = store
        self._source = guest.host
        self._target = target
        # The base image where the target has it.
        self._base = base
        self._level = level
        self._image = ""
        self.domain = self._find_domain()
        # Seconds by step.
        self.phases: Dict[str, float] = {}

    def move(self) -> None:
        """Does it; then the domain runs at the target, without its daemon knowing of it."""
        steps: List[Callable[[], None]] = [
            self._save,
            self._zip,
            self._upload,
            self._download,
            self._unzip,
            self._rewrite,
            self._restore,
        ]
        for step in steps:
            begin = time.monotonic()
            step()
            self.phases[step.__name__.strip("_")] = time.monotonic() - begin

    def remove(self) -> None:
        """Ends the domain at the target and removes what the steps left."""
        if self.domain in self._domains(self._target):
            self._target.run([*_VIRSH, "destroy", self.domain])
        if self._image:
            self._store.ask("DELETE", f"/image/v2/images/{self._image}")
        for host in (self._source, self._target):
            for left in host.work.iterdir():
                left.unlink()

    def _save(self) -> None:
        description = self._source.run([*_VIRSH, "dumpxml", self.domain])
        (self._source.work / "libvirt.xml").write_text(description)
        self._link_files(description)
        snapshot = self._source.work / "snapshot"
        self._source.run([*_VIRSH, "save", self.domain, str(snapshot)])

    def _link_files(self, description: str) -> None:
        """The package's names for the files where they lie; paths are those inside the host."""
        root = ElementTree.fromstring(description)
        found = {
            "disk": _only(root, "devices/disk/source").get("file"),
            "kernel": _only(root, "os/kernel").text,
            "ramdisk": _only(root, "os/initrd").text,
        }
        for name, path in found.items():
            (self._source.work / name).symlink_to(str(path))

    def _zip(self) -> None:
        work = self._source.work
        names = ["disk", "kernel", "ramdisk", "snapshot", "libvirt.xml"]
        files = [str(work / name) for name in names]
        self._source.run(["zip", "-q", f"-{self._level}", "-j", str(work / "package.zip"), *files])
        for file in files:
            Path(file).unlink()

    def _upload(self) -> None:
        package = self._source.work / "package.zip"
        self._image = self._store.make_image("2014", "raw bare", {})
        self._source.run(self._curl() + ["-T", str(package), self._address()])
        package.unlink()

    def _download(self) -> None:
        package = str(self._target.work / "package.zip")
        self._target.run(self._curl() + ["-o", package, self._address()])

    def _unzip(self) -> None:
        package = self._target.work / "package.zip"
        self._target.run(["unzip", "-q", str(package), "-d", str(self._target.work)])
        package.unlink()

    def _rewrite(self) -> None:
        work = self._target.work
        rebase = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", str(self._base)]
        self._target.run([*rebase, str(work / "disk")])
        rewrite_header(work / "snapshot", lambda description: at_home(description, work))

    def _restore(self) -> None:
        snapshot = self._target.work / "snapshot"
        self._target.run([*_VIRSH, "restore", str(snapshot)])
        snapshot.unlink()

    def _curl(self) -> List[str]:
        # Without "Expect", which can cost a second.
        common = ["curl", "-sSf", "--cacert", str(self._store.certificate), "-H", "Expect:"]
        common += ["-H", f"X-Auth-Token: {self._store.token()}"]
        return common + ["-H", "Content-Type: application/octet-stream"]

    def _address(self) -> str:
        return self._store.url(f"/image/v2/images/{self._image}/file")

    def _find_domain(self) -> str:
        # Its name is the lineage's, its files' directory the instance's.
        mark = f"/instances/{self._guest.server}/"
        names = [
            name
            for name in self._domains(self._source)
            if mark in self._source.run([*_VIRSH, "dumpxml", name])
        ]
        if len(names) != 1:
            raise ValueError(f"not one domain of {self._guest.server} at {self._source.name}")
        return names[0]

    @staticmethod
    def _domains(host: Host) -> List[str]:
        return host.run([*_VIRSH, "list", "--all", "--name"]).split()


def base_path(host: Host, guest: Guest) -> Path:
    """The base image of a guest's disk, as paths are inside HOST, where the guest is."""
    disk = host.state / "instances" / guest.server / "disk"
    told = host.run(["qemu-img", "info", "-U", "--output=json", _inside(host, disk)])
    found = re.search(r'"full-backing-filename": "([^"]+)"', told)
    if found is None:
        raise ValueError(f"{disk} has no backing file")
    # It is relative to the overlay, and so not resolved.
    return Path(os.path.normpath(found.group(1)))


def _inside(host: Host, path: Path) -> str:
    return str(Path("/var/lib/tresccad") / path.relative_to(host.state))


def at_home(description: bytes, work: Path) -> bytes:
    """The domain's XML with the paths of the target, and without what only the source has."""
    root = ElementTree.fromstring(description)
    # A tap of the source's name would be filtered at the target, whose daemon does not know it.
    for parent, name in (("devices/disk", "backingStore"), ("devices/interface", "target")):
        for element in root.findall(parent):
            for child in element.findall(name):
                element.remove(child)
    # Otherwise the target's daemon would take the domain for one that it lost.
    for metadata in root.findall("metadata"):
        root.remove(metadata)
    _only(root, "devices/disk/source").set("file", str(work / "disk"))
    _only(root, "os/kernel").text = str(work / "kernel")
    _only(root, "os/initrd").text = str(work / "ramdisk")
    for log in root.findall("devices/*/log"):
        log.set("file", str(work / "console.log"))
    return ElementTree.tostring(root)


def _only(root: ElementTree.Element, path: str) -> ElementTree.Element:
    found = root.findall(path)
    if len(found) != 1:
        raise ValueError(f"a domain with {len(found)} elements {path}")
    return found[0]


def rewrite_header(image: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes the domain XML at the head of a save image; nothing behind it moves.

    Raises ValueError when it is no save image, or the new XML does not fit.
    """
    with image.open("r+b") as file:
        magic, version, length, *rest = _HEADER.unpack(file.read(_HEADER.size))
        if magic != _MAGIC or version != 2:
            raise ValueError(f"{image.name} is no save image of libvirt, version 2")
        data = file.read(length)
        cookie_offset = rest[2]
        description = data[: data.index(b"\0")]
        cookie = data[cookie_offset:].rstrip(b"\0") if cookie_offset else b""
        changed = change(description) + b"\0"
        if cookie:
            # It is counted from the beginning of the XML.
            rest[2] = len(changed)
            changed += cookie + b"\0"
        if len(changed) > length:
            raise ValueError(f"the new XML has {len(changed)} bytes, there is room for {length}")
        file.seek(0)
        file.write(_HEADER.pack(magic, version, length, *rest))
        file.write(changed.ljust(length, b"\0"))


def programs_are_there() -> List[str]:
    """Programs the pipeline needs that this machine lacks."""
    return [name for name in ("zip", "unzip", "curl", "virsh") if shutil.which(name) is None]
