"""Packages on their way to and from a server, by a process of their own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Optional

from tresccad_openstack.compute import process
from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package.limits import Room
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.transfer import Place

from tests.packages import MANIFEST, PART, golden_contents, manifest_of, pack

# Without its disk, which is no overlay that could be given another base.
_CONTENTS: Dict[Member, bytes] = {
    m: c for m, c in golden_contents().items() if m is not Member.DISK
}
_HARDWARE = MANIFEST.hardware
ROOM = Room(_HARDWARE.vcpus, _HARDWARE.memory_mib, _HARDWARE.disk_bytes)
_TOKEN = {"X-Auth-Token": "secret"}


@dataclass
class _Put:
    headers: Dict[str, str]
    content: bytes
    is_whole: bool


@dataclass
class _Image:
    """What a server has of an image, and how it answers."""

    status: int = 204
    data: Optional[bytes] = None
    # Says that there is so much more.
    missing: int = 0
    puts: List[_Put] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:  # noqa: N802
        content, is_whole = b"", False
        with suppress(ValueError, OSError):
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            is_whole = self.rfile.readline() == b"\r\n"
        self.image.puts.append(_Put(dict(self.headers), content, is_whole))
        self.send_response(self.image.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:  # noqa: N802
        data = self.image.data
        self.send_response(204 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"") + self.image.missing))
        self.end_headers()
        self.wfile.write(data or b"")
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    @property
    def image(self) -> _Image:
        found: _Image = getattr(self.server, "image")
        return found


class Transfer(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.image = _Image()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        setattr(server, "image", self.image)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/image"

    def silent(self) -> str:
        """The URL of a server that takes connections, and nothing else."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        return f"http://127.0.0.1:{listening.getsockname()[1]}/image"

    def dead(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            return f"http://127.0.0.1:{listening.getsockname()[1]}/image"

    def place(self, *urls: str, seconds: float = 20) -> Place:
        return Place(urls or (self.url,), _TOKEN, seconds)

    def upload(self, place: Place, snapshot: str = "snapshot") -> None:
        manifest = self.directory / "manifest"
        manifest.write_bytes(manifests.render(manifest_of(_CONTENTS), PART))
        files = {}
        for member, content in _CONTENTS.items():
            (self.directory / member.value).write_bytes(content)
            files[member.value] = self.directory / member.value
        files["snapshot"] = self.directory / snapshot
        process.upload(place, manifest, "base", files)

    def fails(self, call: Any, *arguments: Any) -> str:
        with self.assertRaises(process.ProcessFailed) as raised:
            call(*arguments)
        return str(raised.exception)

    def test_a_package_goes_up_whole_with_the_rights_of_the_caller(self) -> None:
        self.upload(self.place())
        (put,) = self.image.puts
        self.assertTrue(put.is_whole)
        self.assertEqual(put.content, pack(_CONTENTS))
        self.assertEqual(put.headers["X-Auth-Token"], "secret")

    def test_what_cannot_be_read_here_never_becomes_whole_there(self) -> None:
        self.assertIn("snapshot", self.fails(self.upload, self.place(), "missing"))
        self.assertEqual([put.is_whole for put in self.image.puts], [False])

    def test_a_refusal_is_told(self) -> None:
        self.image.status = 413
        self.assertIn("413", self.fails(self.upload, self.place()))

    def test_another_server_is_asked_when_the_first_is_down(self) -> None:
        both = self.place(self.dead(), self.url)
        self.upload(both)
        self.assertEqual([put.is_whole for put in self.image.puts], [True])
        self.image.data = pack(_CONTENTS)
        target = self.directory / "target"
        target.mkdir()
        process.download(both, target, ROOM)
        for member, content in _CONTENTS.items():
            self.assertEqual((target / member.value).read_bytes(), content)

    def test_what_did_not_come_whole_is_refused(self) -> None:
        package = pack(_CONTENTS)
        for name, data, missing in (
            ("cut", package[:-2000], 0),
            ("ended early", package[:-2000], 2000),
            ("no data", None, 0),
        ):
            self.image.data, self.image.missing = data, missing
            target = self.directory / name
            target.mkdir()
            with self.subTest(name):
                self.fails(process.download, self.place(), target, ROOM)

    def test_a_guest_that_has_not_the_sizes_of_here_is_refused_by_its_manifest(self) -> None:
        # Nothing comes behind the manifest, and nothing of it is asked for.
        size = len(manifests.render(manifest_of(_CONTENTS), PART))
        self.image.data = pack(_CONTENTS)[: 512 + size + -size % 512]
        for reason, room in (
            ("1 vCPUs, here 2", replace(ROOM, vcpus=2)),
            ("MiB of memory, here 64", replace(ROOM, memory_mib=64)),
            ("at most 1048576", replace(ROOM, disk_bytes=1 << 20)),
        ):
            target = self.directory / reason
            target.mkdir()
            with self.subTest(reason):
                said = self.fails(process.download, self.place(), target, room)
                self.assertIn(reason, said)
                self.assertEqual([file.name for file in target.iterdir()], ["manifest.json"])

    def test_a_larger_disk_is_room_for_a_smaller_one(self) -> None:
        self.image.data = pack(_CONTENTS)
        process.download(self.place(), self.directory, replace(ROOM, disk_bytes=1 << 40))
        self.assertTrue((self.directory / "snapshot").exists())

    def test_a_server_that_stands_still_is_given_up(self) -> None:
        place = self.place(self.silent(), seconds=0.5)
        self.assertIn("timed out", self.fails(self.upload, place))
        # More than lies in buffers on the way.
        (self.directory / "large").write_bytes(os.urandom(16 << 20))
        self.assertIn("timed out", self.fails(self.upload, place, "large"))
        target = self.directory / "target"
        target.mkdir()
        self.assertIn("timed out", self.fails(process.download, place, target, ROOM))

    def test_it_ends_with_the_service_that_waits_for_it(self) -> None:
        command = [sys.executable, "-m", "tresccad_openstack.package"]
        command += ["download", str(self.directory), "1", "1", "1"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE)
        self.addCleanup(child.kill)
        assert child.stdin is not None
        child.stdin.write(json.dumps(self.place(self.silent()).as_json()).encode() + b"\n")
        child.stdin.flush()
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(1)
        child.stdin.close()
        self.assertEqual(child.wait(10), 1)


if __name__ == "__main__":
    unittest.main()
