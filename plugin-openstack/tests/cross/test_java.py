"""Packages go both ways between Python and the server's Java, which bin/build has built."""

import subprocess
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Mapping

from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.writer import PART_SIZE

from tests.packages import (
    MANIFEST,
    REPOSITORY,
    entries,
    golden_contents,
    manifest_of,
    noise,
    pack,
    unpack,
)

_SERVER = REPOSITORY / "server" / "target"
_PROGRAM = REPOSITORY / "plugin-openstack" / "tests" / "java" / "Repack.java"


class Java(unittest.TestCase):
    def repacked(self, package: bytes) -> bytes:
        """What Java writes of what it read."""
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            source, target = directory / "in", directory / "out"
            source.write_bytes(package)
            subprocess.run(
                ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{_SERVER}/classes:{_SERVER}/lib/*"]
                + [str(_PROGRAM), str(source), str(target), name],
                check=True,
            )
            return target.read_bytes()

    def check(self, contents: Mapping[Member, bytes], manifest: Manifest) -> None:
        ours = pack(contents, manifest, PART_SIZE)
        theirs = self.repacked(ours)
        self.assertEqual(unpack(theirs), dict(contents))
        # Manifest, order, names and with them digests, and the trailer: byte for byte.
        first, second = entries(ours), entries(theirs)
        self.assertEqual([name for name, _ in first], [name for name, _ in second])
        self.assertEqual((first[0], first[-1]), (second[0], second[-1]))

    def test_a_package_with_every_member_is_the_same_after_a_visit_to_java(self) -> None:
        self.check(golden_contents(), MANIFEST)

    def test_members_of_many_parts_and_of_none(self) -> None:
        memory = noise(300_000, 11) + bytes(5 * PART_SIZE) + noise(PART_SIZE, 12)
        contents = {Member.RAMDISK: b"", Member.KERNEL: noise(1, 1), Member.SNAPSHOT: memory}
        self.check(contents, manifest_of(contents))

    def test_values_at_the_edge_of_what_a_manifest_may_say(self) -> None:
        contents = {Member.DISK: b"d"}
        guest = replace(
            MANIFEST.guest,
            name="\U0001f3d4" * 255,
            metadata={'"\\/': "a\tb\nc\x7f\u2028", "é": ""},
            key=None,
            user_data="YQ",
            was_running=False,
        )
        hardware = replace(MANIFEST.hardware, nics=(), command_line="")
        identity = replace(MANIFEST.identity, epoch=2**53 - 1)
        manifest = replace(
            manifest_of(contents),
            guest=guest,
            hardware=hardware,
            identity=identity,
            base_image=None,
            created_at="9999-12-31T23:59:59.999999999Z",
        )
        self.check(contents, manifest)


if __name__ == "__main__":
    unittest.main()
