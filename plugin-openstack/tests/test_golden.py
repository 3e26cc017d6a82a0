"""The packages of the first day, which every tresccad reads and still writes."""

import io
import unittest

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package.delta import BytesReference
from tresccad_openstack.package.errors import PackageInvalid, ReferenceFailed
from tresccad_openstack.package.manifest import AheadReference, ContentReference, MemberReference
from tresccad_openstack.package.member import Member

from tests.packages import (
    GOLDEN,
    MANIFEST,
    PART,
    entries,
    golden_contents,
    noise,
    pack,
    save_image,
    unpack,
)


class Golden(unittest.TestCase):
    def test_the_manifest_of_the_first_day_is_understood_and_written_byte_for_byte(self) -> None:
        content = (GOLDEN / "v1-manifest.json").read_bytes()
        head = manifests.read(content)
        self.assertEqual(head.part_size, PART)
        self.assertEqual(head.manifest, MANIFEST)
        self.assertEqual(manifests.render(MANIFEST, PART), content)

    def test_the_package_of_the_first_day_is_readable(self) -> None:
        self.assertEqual(unpack((GOLDEN / "v1.tresccad").read_bytes()), golden_contents())

    def test_the_same_entries_are_written_today(self) -> None:
        golden = entries((GOLDEN / "v1.tresccad").read_bytes())
        today = entries(pack(golden_contents()))
        # Frames may change with zstd's version; names, and by them contents, may not.
        self.assertEqual([name for name, _ in today], [name for name, _ in golden])
        self.assertEqual((today[0], today[-1]), (golden[0], golden[-1]))


class GoldenDelta(unittest.TestCase):
    def setUp(self) -> None:
        self.package = (GOLDEN / "v1-delta.tresccad").read_bytes()
        self.base = noise(50_000, 1)
        manifest = manifests.read(entries(self.package)[0][1]).manifest
        self.content, self.kept, self.ahead = manifest.references

    def test_parts_relative_to_what_the_reader_has_are_carried_out(self) -> None:
        self.assertIsInstance(self.content, ContentReference)
        self.assertIsInstance(self.kept, MemberReference)
        self.assertEqual(self.ahead, AheadReference())
        references = {
            self.content: BytesReference(self.base),
            self.kept: BytesReference(save_image(0)),
        }
        found = unpack(self.package, references)
        self.assertEqual(found[Member.KERNEL], self.base)
        self.assertEqual(found[Member.SNAPSHOT], save_image(1))
        disk = io.BytesIO(bytes(3 << 16))
        for page, content in (
            (2, self.base[4096:16384]),
            (8, b"\x5a" * PART),
            (17, noise(PART, 1010)),
        ):
            disk.seek(page * PART)
            disk.write(content)
        self.assertEqual(found[Member.DISK], disk.getvalue())

    def test_a_reference_that_is_missing_or_of_another_size_is_named(self) -> None:
        with self.assertRaisesRegex(ReferenceFailed, "is not on this host"):
            unpack(self.package, {})
        references = {
            self.content: BytesReference(self.base[1:]),
            self.kept: BytesReference(save_image(0)),
        }
        with self.assertRaisesRegex(ReferenceFailed, "should have 50000 bytes, but has 49999"):
            unpack(self.package, references)

    def test_other_content_of_the_same_size_is_found_by_the_digest(self) -> None:
        references = {
            self.content: BytesReference(noise(50_000, 2)),
            self.kept: BytesReference(save_image(0)),
        }
        with self.assertRaisesRegex(PackageInvalid, "not what its digest says"):
            unpack(self.package, references)


if __name__ == "__main__":
    unittest.main()
