"""The process that writes and reads packages, and what it does to overlays."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from typing import List

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2
from tresccad_openstack.package.member import Member

from tests.packages import GOLDEN, MANIFEST, PART, golden_contents, noise, pack, unpack


def run(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "tresccad_openstack.package", *arguments]
    return subprocess.run(command, input=given, capture_output=True)


class Command(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def files(self) -> List[str]:
        found = []
        for member, content in golden_contents().items():
            path = self.directory / member.value
            path.write_bytes(content)
            found.append(f"{member.value}={path}")
        return found

    def test_what_it_writes_is_the_package(self) -> None:
        manifest = self.directory / "m"
        manifest.write_bytes(manifests.render(MANIFEST, PART))
        done = run("write", str(manifest), *self.files())
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, pack(golden_contents()))

    def test_what_it_reads_lies_in_files_that_are_sparse(self) -> None:
        disk = bytes(1 << 20) + noise(PART, 3) + bytes(PART + 10)
        done = run("read", str(self.directory), given=pack({Member.DISK: disk}))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        found = self.directory / "disk"
        self.assertEqual(found.read_bytes(), disk)
        self.assertLess(os.stat(found).st_blocks * 512, 1 << 18)
        members = json.loads((self.directory / "manifest.json").read_bytes())["members"]
        self.assertEqual(members, ["disk"])

    def test_a_failure_is_told_by_name(self) -> None:
        package = pack(golden_contents())
        done = run("read", str(self.directory), given=package[:-2000])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stderr)["error"], "PackageInvalid")
        manifest = self.directory / "m"
        alone = replace(MANIFEST, members=(Member.DISK,))
        manifest.write_bytes(manifests.render(alone, PART))
        done = run("write", str(manifest), "disk=/nonexistent")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stderr)["error"], "MemberFailed")

    def test_a_refusal_of_the_manifest_ends_it_before_the_members(self) -> None:
        verdict = self.directory / "verdict"
        os.mkfifo(verdict)
        command = [sys.executable, "-m", "tresccad_openstack.package", "read"]
        process = subprocess.Popen(
            [*command, str(self.directory), str(verdict)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(pack(golden_contents()))
        process.stdin.flush()
        verdict.write_text("no\n")
        error = process.communicate()[1]
        self.assertEqual(process.returncode, 1)
        self.assertIn("was refused", json.loads(error)["message"])
        self.assertFalse((self.directory / "disk").exists())

    def test_parts_that_refer_to_content_elsewhere_are_refused(self) -> None:
        done = run("read", str(self.directory), given=(GOLDEN / "v1-delta.tresccad").read_bytes())
        self.assertEqual(done.returncode, 1)
        said = json.loads(done.stderr)
        self.assertEqual(said["error"], "PackageInvalid")
        self.assertIn("refer to content elsewhere", said["message"])
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_an_overlay_gets_another_name_of_its_base_and_keeps_its_content(self) -> None:
        base, overlay = self.directory / "base", self.directory / "overlay"
        base.write_bytes(noise(PART, 5) * 32)
        for command in (
            f"qemu-img create -q -f qcow2 -b {base} -F raw {overlay} 1M",
            f"qemu-io -f qcow2 -c 'write -P 90 65536 4096' {overlay}",
        ):
            subprocess.run(command, shell=True, check=True, capture_output=True)
        name = "base/" + 128 * "a"
        manifest = self.directory / "m"
        alone = replace(MANIFEST, members=(Member.DISK,))
        manifest.write_bytes(manifests.render(alone, PART))
        done = run("write", str(manifest), "--backing", name, f"disk={overlay}")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        disk = unpack(done.stdout)[Member.DISK]
        self.assertEqual(qcow2.head(disk).backing, name)
        self.assertEqual(disk[65536:], overlay.read_bytes()[65536:])
        moved = self.directory / "moved"
        moved.write_bytes(disk)
        subprocess.run(
            ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", str(base), str(moved)],
            check=True,
        )
        compared = subprocess.run(
            ["qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", str(moved), str(overlay)]
        )
        self.assertEqual(compared.returncode, 0)


class Qcow2(unittest.TestCase):
    def test_what_is_not_an_overlay_is_refused(self) -> None:
        for content in (
            b"",
            bytes(200),
            b"QFI\xfb" + bytes(200),
            b"QFI\xfb\0\0\0\3" + b"\xff" * 200,
        ):
            with self.subTest(content[:8]), self.assertRaises(qcow2.NotAnOverlay):
                qcow2.head(content)

    def test_what_reaches_beyond_file_and_base_is_refused(self) -> None:
        good = bytearray(200)
        struct.pack_into(">4sIQIIQ", good, 0, b"QFI\xfb", 3, 0, 0, 16, 1 << 30)
        self.assertEqual(qcow2.head(bytes(good)), qcow2.Head(65536, 1 << 30, None))
        for what, at, form, value in (
            ("encryption", 32, ">I", 1),
            ("snapshots", 60, ">I", 1),
            ("dirty", 72, ">Q", 1),
            ("damaged", 72, ">Q", 2),
            ("external data file", 72, ">Q", 4),
            ("unknown", 72, ">Q", 1 << 40),
        ):
            with self.subTest(what), self.assertRaises(qcow2.NotAnOverlay):
                bad = bytearray(good)
                struct.pack_into(form, bad, at, value)
                qcow2.head(bytes(bad))


if __name__ == "__main__":
    unittest.main()
