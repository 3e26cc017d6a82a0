"""What is not a correct package is refused, and the reason named."""

import io
import json
import random
import unittest
from typing import Any, Callable, Dict, List, Tuple

import zstandard

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import parts, tar
from tresccad_openstack.package.errors import MemberFailed, PackageInvalid
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.reader import PackageReader

from tests.packages import PART, archive, entries, noise, pack, unpack

CONTENTS = {Member.KERNEL: noise(100, 1), Member.SNAPSHOT: noise(2 * PART + 10, 2)}


def part(member: Member, number: int, plain: bytes) -> Tuple[str, bytes]:
    packed = parts.pack(member, number, plain)
    return packed.name.entry, packed.content


class Hostile(unittest.TestCase):
    """manifest, kernel 0, snapshot 0, 1, 2 (short), trailer."""

    def setUp(self) -> None:
        self.package = pack(CONTENTS)
        self.entries = entries(self.package)
        self.assertEqual(len(self.entries), 6)
        self.assertEqual(unpack(self.package), CONTENTS)

    def refused(self, package: bytes, because: str) -> None:
        with self.assertRaises(PackageInvalid) as raised:
            unpack(package)
        self.assertIn(because, str(raised.exception))

    def refused_entries(self, because: str) -> None:
        self.refused(archive(self.entries), because)

    def test_entries_that_are_no_parts_are_refused_wherever_they_stand(self) -> None:
        for name in (
            "../../etc/cron.d/x",
            "/etc/passwd",
            "./snapshot",
            "disk.raw",
            "snapshot.0.zst",
            "a/snapshot.00000000." + 64 * "0" + ".zst",
            "MANIFEST.JSON",
            "disk ",
        ):
            for at in range(1, 6):
                with self.subTest(name=name, at=at):
                    self.setUp()
                    self.entries.insert(at, (name, b""))
                    self.refused_entries("no entry of a package has such a name")

    def test_an_entry_before_the_manifest_is_refused(self) -> None:
        self.entries.insert(0, ("README", b""))
        self.refused_entries("the first entry must be manifest.json")

    def header_with(self, at: int, text: bytes) -> bytes:
        """The package with its second header changed and the checksum made right again."""
        block = bytearray(tar.Header(*self.sized(1)).encode())
        end = at + len(text)
        block[at:end] = text
        total = sum(block) - sum(block[148:156]) + 8 * 32
        block[148:156] = b"%06o\0 " % total
        start = self.package.index(self.entries[1][0].encode())
        end = start + 512
        return self.package[:start] + bytes(block) + self.package[end:]

    def sized(self, index: int) -> Tuple[str, int]:
        name, content = self.entries[index]
        return name, len(content)

    def test_any_type_but_regular_file_is_refused(self) -> None:
        for kind in b"1234567LKSxgVMDA\0":
            with self.subTest(kind):
                self.refused(self.header_with(156, bytes([kind])), "is not a regular file")

    def test_any_other_form_of_header_is_refused(self) -> None:
        for what, at, text in (
            ("link name", 157, b"/etc/shadow"),
            ("path prefix", 345, b"/etc"),
            ("setuid", 100, b"0004755"),
            ("gnu", 257, b"ustar  \0"),
            ("bytes behind the name", 99, b"x"),
        ):
            with self.subTest(what):
                self.refused(self.header_with(at, text), "not in the one form")

    def test_a_size_that_is_not_eleven_octal_digits_is_refused(self) -> None:
        for size in (b"-0000000001\0", b"\x80" + bytes(10) + b"\1", 12 * b"\xff", b"          1\0"):
            with self.subTest(size):
                self.refused(self.header_with(124, size), "11 octal digits")

    def test_a_size_of_eight_gibibytes_is_refused_before_room_is_made_for_it(self) -> None:
        self.refused(self.header_with(124, b"77777777777"), "is larger than")

    def test_a_damaged_header_is_refused(self) -> None:
        start = self.package.index(self.entries[1][0].encode())
        broken = bytearray(self.package)
        broken[start + 108] ^= 1
        self.refused(bytes(broken), "checksum")

    def test_order_numbers_and_announcement_are_checked(self) -> None:
        changes: Dict[str, Callable[[List[Tuple[str, bytes]]], object]] = {
            "the part with the number 2 is due": lambda e: e.insert(3, e[3]),
            "the first part must have the number 0": lambda e: e.pop(2),
            "the part with the number 1 is due": lambda e: e.pop(3),
            "comes after the member's last part": lambda e: e.insert(
                5, part(Member.SNAPSHOT, 3, b"x")
            ),
            "this member comes too late": lambda e: e.insert(4, e.pop(1)),
            "the manifest does not announce this member": lambda e: e.insert(
                4, part(Member.DISK, 0, b"x")
            ),
            "kernel should have 100 bytes in 1 parts, but 0 in 0 arrived": lambda e: e.pop(1),
            "snapshot should have": lambda e: e.pop(4),
            "the archive ends without it": lambda e: e.pop(5),
            "comes after the trailer": lambda e: e.append(e[5]),
            "must be given whole": lambda e: e.insert(
                1, (e[1][0].replace(".zst", ".delta"), e[1][1])
            ),
            "snapshot arrived with another digest": lambda e: e.__setitem__(
                3, part(Member.SNAPSHOT, 1, noise(PART, 77))
            ),
            "its content is not what its digest says": lambda e: e.__setitem__(
                3, (e[3][0], parts.pack(Member.KERNEL, 0, noise(PART, 77)).content)
            ),
        }
        for because, change in changes.items():
            with self.subTest(because):
                self.setUp()
                change(self.entries)
                self.refused_entries(because)

    def test_members_in_their_old_order_come_too_late(self) -> None:
        contents = {Member.DISK: b"disk", Member.SNAPSHOT: b"snapshot"}
        found = entries(pack(contents))
        found[1], found[2] = found[2], found[1]
        self.refused(archive(found), "this member comes too late")

    def test_a_frame_is_exactly_one_with_its_size(self) -> None:
        name, content = self.entries[1]
        plain = CONTENTS[Member.KERNEL]
        sizeless = zstandard.ZstdCompressor(write_content_size=False).compress(plain)
        skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
        for what, frame, because in (
            ("two frames", content + content, "is not exactly one zstd frame"),
            ("more behind it", content + b"x", "is not exactly one zstd frame"),
            ("skippable in front", skippable + content, "is not exactly one zstd frame"),
            ("skippable behind", content + skippable, "is not exactly one zstd frame"),
            ("no size", sizeless, "does not state a content"),
            ("empty", b"", "is not exactly one zstd frame"),
            ("cut", content[:-1], "its zstd frame is damaged"),
        ):
            with self.subTest(what):
                self.entries[1] = (name, frame)
                self.refused_entries(because)

    def test_a_bomb_is_refused_by_what_it_states(self) -> None:
        bomb = zstandard.ZstdCompressor(write_content_size=True).compress(bytes(1 << 22))
        self.entries[1] = (self.entries[1][0], bomb)
        self.refused_entries("does not state a content of 1 to 4096 bytes")

    def test_a_member_beyond_its_limit_is_refused(self) -> None:
        package = pack({Member.LIBVIRT_XML: bytes((1 << 20) + 1)}, part_size=1 << 20)
        self.refused(package, "larger than the 1048576 bytes it may have")

    def test_every_cut_is_refused(self) -> None:
        for length in [*range(0, len(self.package), 97), len(self.package) - 1]:
            with self.subTest(length), self.assertRaises(PackageInvalid):
                unpack(self.package[:length])

    def test_bytes_after_the_end_are_refused(self) -> None:
        self.refused(self.package + bytes(512), "is followed by more data")

    def test_padding_must_be_zero(self) -> None:
        broken = bytearray(self.package)
        broken[512 + len(self.entries[0][1])] = 1
        self.refused(bytes(broken), "the padding after it is not zero")

    def test_other_files_are_named(self) -> None:
        for start, what in (
            (b"PK\3\4", "zip"),
            (b"QFI\xfb", "qcow2"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
        ):
            with self.subTest(what):
                self.refused(start + bytes(508), f"is a {what}")

    def test_random_changes_never_pass(self) -> None:
        generator = random.Random(7)
        for _ in range(300):
            broken = bytearray(self.package)
            at = generator.randrange(len(broken))
            broken[at] ^= 1 << generator.randrange(8)
            with self.subTest(at=at):
                try:
                    found = unpack(bytes(broken))
                except PackageInvalid:
                    continue
                self.assertEqual(found, CONTENTS)

    def test_a_sink_that_fails_is_named(self) -> None:
        class Full(io.BytesIO):
            def write(self, content: Any, /) -> int:
                raise OSError(28, "No space left on device")

        reader = PackageReader(io.BytesIO(self.package))
        sinks = {Member.KERNEL: io.BytesIO(), Member.SNAPSHOT: Full()}
        with self.assertRaisesRegex(MemberFailed, "snapshot: .*No space left"):
            reader.extract(sinks)


class HostileManifest(unittest.TestCase):
    def setUp(self) -> None:
        self.content = entries(pack(CONTENTS))[0][1]

    def refused(self, content: bytes, because: str) -> None:
        with self.assertRaises(PackageInvalid) as raised:
            manifests.read(content)
        self.assertEqual(raised.exception.entry, "manifest.json")
        self.assertIn(because, raised.exception.reason)

    def changed(self, path: str, value: Any) -> bytes:
        values = json.loads(self.content)
        *parents, last = path.split(".")
        at = values
        for parent in parents:
            at = at[parent]
        at[last] = value
        return json.dumps(values).encode()

    def test_a_newer_version_is_named_before_anything_else_is_looked_at(self) -> None:
        newer = b'{"tresccad_package": 2}'
        self.refused(newer, "is of package format version 2, this tresccad reads version 1")
        self.refused(b'{"tresccad_package": "1"}', "has no format version")
        self.refused(b'{"tresccad_package": true}', "has no format version")

    def test_what_is_critical_and_unknown_is_named(self) -> None:
        for names in (["encryption"], ["delta", "x"], ["delta"], ["delta", "delta"]):
            with self.subTest(names):
                because = (
                    "encryption" if "encryption" in names else "x" if "x" in names else "delta"
                )
                self.refused(self.changed("critical", names), because)

    def test_fields_that_are_not_on_the_page_are_ignored(self) -> None:
        head = manifests.read(self.changed("hardware.gpu", {"some": ["thing"]}))
        self.assertEqual(head, manifests.read(self.content))

    def test_only_strict_json_is_read(self) -> None:
        text = self.content.decode()
        for what, content, because in (
            ("twice", text.replace('"epoch": 7', '"epoch": 7, "epoch": 8'), "twice"),
            ("more", text + "{}", "is not strict JSON"),
            ("NaN", text.replace('"epoch": 7', '"epoch": NaN'), "is not strict JSON"),
            ("fraction", text.replace('"epoch": 7', '"epoch": 7.0'), "identity.epoch"),
            ("exponent", text.replace('"epoch": 7', '"epoch": 1e3'), "identity.epoch"),
            ("huge", text.replace('"epoch": 7', '"epoch": ' + 5000 * "9"), "is not strict JSON"),
            ("deep", '{"a": ' + 5000 * "[" + 5000 * "]" + "}", "nested deeper"),
            ("list", "[]", "is not a JSON object"),
        ):
            with self.subTest(what):
                self.refused(content.encode(), because)
        self.refused(b'{"a": "\xff"}', "is not UTF-8")

    def test_every_field_has_its_limits(self) -> None:
        for path, value, because in (
            ("part_size", 4097, "part_size"),
            ("part_size", 1 << 25, "part_size"),
            ("members", ["snapshot", "kernel"], "twice or out of order"),
            ("members", ["kernel", "kernel"], "twice or out of order"),
            ("members", [], "there are none"),
            ("members", ["ramdisk"], "a ramdisk without a kernel"),
            ("members", ["ahead", "disk"], "ahead is there"),
            ("members", ["boot"], "no member is called 'boot'"),
            ("created_at", "1999-01-01T00:00:00Z", "created_at"),
            ("created_at", "2026-02-30T00:00:00Z", "created_at"),
            ("created_at", "2026-01-01T00:00:00+01:00", "created_at"),
            ("generator", "", "generator"),
            ("identity.lineage", "{3f0c5f0e}", "identity.lineage"),
            ("identity.epoch", 0, "identity.epoch"),
            ("identity.epoch", 1 << 53, "identity.epoch"),
            ("identity.home.kind", "s3", "identity.home.kind"),
            ("guest.name", "two\nlines", "guest.name"),
            ("guest.name", "\x85", "guest.name"),
            ("guest.metadata", {"k": 256 * "v"}, "guest.metadata"),
            ("guest.metadata", {"k": 1}, "guest.metadata"),
            ("guest.metadata", {str(n): "" for n in range(129)}, "guest.metadata"),
            ("guest.user_data", "not base64!", "guest.user_data"),
            ("guest.was_running", 1, "guest.was_running"),
            ("guest.flavor.vcpus", True, "guest.flavor.vcpus"),
            ("guest.key", {"name": "k"}, "guest.key.public_key"),
            ("hardware.virt_type", "xen", "hardware.virt_type"),
            ("hardware.machine", "pc", "hardware.machine"),
            ("hardware.cpu.model", "a b", "hardware.cpu"),
            ("hardware.memory_mib", (1 << 24) + 1, "hardware.memory_mib"),
            ("hardware.command_line", "a\0b", "hardware.command_line"),
            ("hardware.nics", [{"mac": "01:00:00:00:00:01"}], "hardware.nics"),
            ("base_image.sha512", "AB" * 64, "base_image.sha512"),
            ("base_image.disk_format", "floppy", "base_image.disk_format"),
        ):
            with self.subTest(path=path, value=str(value)[:40]):
                self.refused(self.changed(path, value), because)

    def test_addresses_are_unicast_macs_and_dotted_ipv4(self) -> None:
        good = {"mac": "52:54:00:12:34:56", "address": "192.168.70.5", "model": "virtio"}
        for change in (
            {"mac": "53:54:00:12:34:56"},
            {"mac": "5254.0012.3456"},
            {"address": "192.168.070.5"},
            {"address": "192.168.70.256"},
            {"address": "::1"},
            {"model": "../e1000"},
        ):
            with self.subTest(change):
                self.refused(self.changed("hardware.nics", [{**good, **change}]), "hardware.nics")
        self.refused(self.changed("hardware.nics", [good, good]), "a MAC twice")


if __name__ == "__main__":
    unittest.main()
