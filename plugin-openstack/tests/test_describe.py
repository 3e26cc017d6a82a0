"""A package's manifest of what Nova knows of an instance."""

import unittest
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Dict, Mapping, Optional

from tresccad_openstack import domainxml, names
from tresccad_openstack.compute import describe
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Home, Manifest
from tresccad_openstack.package.member import Member

from tests.test_domainxml import SAVED

SERVER = "11111111-aaaa-4bbb-8ccc-000000000001"
HOME = Home("glance", "11111111-2222-4333-8444-555555555555", "http://glance")
IMAGE = {"os_hash_value": "ab" * 64, "name": None, "disk_format": "qcow2", "size": 1000}


def manifest(
    system_metadata: Optional[Dict[str, str]] = None, addresses: Optional[Mapping[str, str]] = None
) -> Manifest:
    instance: Any = SimpleNamespace(
        uuid=SERVER,
        display_name="counter",
        metadata={"role": "edge", names.RESTORE: "an image"},
        system_metadata=system_metadata or {},
        flavor=SimpleNamespace(name="m1.tiny", vcpus=1, memory_mb=128, root_gb=1),
        key_name="mine",
        key_data="ssh-ed25519 AAAA me\n",
        user_data=None,
    )
    return describe.manifest(
        instance,
        domainxml.platform(SAVED),
        {"fa:16:3e:43:8b:a4": "198.18.2.158"} if addresses is None else addresses,
        HOME,
        describe.base_image(IMAGE, 64 << 20),
        1 << 30,
        ("7.2.22", "9.0.0"),
        with_kernel=True,
        with_ramdisk=False,
    )


def home_of(url: str) -> Home:
    return describe.home_of([{"type": "image", "endpoints": [{"publicURL": url}]}], None)


class Describe(unittest.TestCase):
    def test_a_package_is_at_home_in_the_glance_that_its_manifest_names(self) -> None:
        home, elsewhere = home_of("http://glance/"), home_of("http://elsewhere")
        here = replace(manifest(), identity=replace(manifest().identity, home=home))
        describe.check_home(here, {}, home_of("http://glance"))
        with self.assertRaisesRegex(CannotCarry, "its home is http://glance"):
            describe.check_home(here, {}, elsewhere)

    def test_xml_that_is_not_what_its_manifest_says_is_refused(self) -> None:
        hardware = manifest().hardware
        describe.check_platform(domainxml.platform(SAVED), hardware)
        for reason, was, other in (
            ("machine type pc-q35-7.2, its manifest pc-i440fx-7.2", "pc-i440fx-7.2", "pc-q35-7.2"),
            ("CPU model max, its manifest qemu64", ">qemu64<", ">max<"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(CannotCarry, reason):
                describe.check_platform(domainxml.platform(SAVED.replace(was, other)), hardware)

    def test_a_package_of_another_home_must_have_been_claimed_for_here(self) -> None:
        here = home_of("http://elsewhere")
        describe.check_home(manifest(), {names.HOME_CLAIMED: here.host_id}, here)
        with self.assertRaises(CannotCarry):
            describe.check_home(manifest(), {names.HOME_CLAIMED: "another"}, here)

    def test_an_instance_that_never_moved_begins_a_lineage(self) -> None:
        found = manifest().identity
        self.assertEqual((found.lineage, found.epoch, found.home), (SERVER, 1, HOME))

    def test_the_next_freeze_of_a_lineage_has_the_next_epoch_and_a_nonce_of_its_own(self) -> None:
        lineage = "3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11"
        known = {names.LINEAGE: lineage, names.EPOCH: "7"}
        first, second = manifest(known).identity, manifest(known).identity
        self.assertEqual((first.lineage, first.epoch), (lineage, 8))
        self.assertNotEqual(first.nonce, second.nonce)

    def test_members_are_what_there_is(self) -> None:
        self.assertEqual(
            manifest().members, (Member.KERNEL, Member.LIBVIRT_XML, Member.DISK, Member.SNAPSHOT)
        )

    def test_what_the_plugin_notes_for_itself_is_not_the_owners_metadata(self) -> None:
        self.assertEqual(manifest().guest.metadata, {"role": "edge"})

    def test_a_card_without_an_address_cannot_move(self) -> None:
        with self.assertRaisesRegex(CannotCarry, "has no IPv4 address"):
            manifest(addresses={})

    def test_a_base_image_without_digest_cannot_be_named(self) -> None:
        with self.assertRaisesRegex(CannotCarry, "no digest"):
            describe.base_image({**IMAGE, "os_hash_value": None}, 1)

    def test_the_home_is_the_clouds_image_service(self) -> None:
        catalog = [
            {"type": "placement", "endpoints": [{"publicURL": "http://p"}]},
            {"type": "image", "endpoints": [{"publicURL": "http://glance/"}]},
        ]
        home = describe.home_of(catalog, None)
        self.assertEqual((home.kind, home.name), ("glance", "http://glance"))
        self.assertEqual(home, describe.home_of(catalog, None))
        with self.assertRaisesRegex(CannotCarry, "no image service"):
            describe.home_of(catalog[:1], None)

    def test_a_region_without_a_public_image_service_is_no_home(self) -> None:
        endpoints = [{"region": "A", "internalURL": "http://a"}]
        endpoints.append({"region": "B", "publicURL": "http://b"})
        catalog = [{"type": "image", "endpoints": endpoints}]
        with self.assertRaisesRegex(CannotCarry, "region_name .* of A, B"):
            describe.home_of(catalog, None)
        with self.assertRaisesRegex(CannotCarry, "no public address of the image service in A"):
            describe.home_of(catalog, "A")
        self.assertEqual(describe.home_of(catalog, "B").name, "http://b")

    def test_of_several_regions_the_home_is_that_of_the_configuration(self) -> None:
        endpoints = [{"region": f"Region{n}", "publicURL": f"http://glance{n}"} for n in "12"]
        catalog = [{"type": "image", "endpoints": endpoints}]
        self.assertEqual(describe.home_of(catalog, "Region2").name, "http://glance2")
        with self.assertRaisesRegex(CannotCarry, "region_name .* of Region1, Region2"):
            describe.home_of(catalog, None)
        with self.assertRaisesRegex(CannotCarry, "no image service in Region3"):
            describe.home_of(catalog, "Region3")


if __name__ == "__main__":
    unittest.main()
