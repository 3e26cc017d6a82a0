"""Nodes and guests as Placement tells them apart."""

import unittest
from dataclasses import replace

from tresccad_openstack.compute import traits
from tresccad_openstack.package.manifest import Hardware

from tests.test_describe import manifest


def hardware() -> Hardware:
    return manifest().hardware


class Traits(unittest.TestCase):
    def test_a_node_runs_what_its_qemu_can_make(self) -> None:
        node = traits.of_node({"pc", "pc-i440fx-7.2", "pc-q35-7.2", "none"}, {"qemu64"})
        self.assertEqual(
            node,
            [
                "CUSTOM_TRESCCAD",
                "CUSTOM_TRESCCAD_CPU_QEMU64",
                "CUSTOM_TRESCCAD_MACHINE_PC_I440FX_7_2",
                "CUSTOM_TRESCCAD_MACHINE_PC_Q35_7_2",
                "CUSTOM_TRESCCAD_QEMU_7_2",
            ],
        )
        self.assertLessEqual(set(traits.of_guest(hardware())), set(node))

    def test_a_guest_of_a_newer_qemu_needs_one(self) -> None:
        node = traits.of_node({"pc-i440fx-7.1", "pc-i440fx-7.2"}, {"qemu64"})
        older = replace(hardware(), qemu_version="7.1.0")
        newer = replace(hardware(), qemu_version="8.0.2")
        self.assertLessEqual(set(traits.of_guest(older)), set(node))
        needed = traits.of_guest(newer)
        lacking = set(needed) - set(node)
        self.assertEqual([needed[trait] for trait in lacking], ["QEMU 8.0 or newer"])

    def test_names_are_as_placement_allows_them(self) -> None:
        for trait in traits.of_node({"virt-7.2", "x" * 300 + "-7.2"}, {"EPYC-v1", "a.b+c"}):
            self.assertRegex(trait, r"\ACUSTOM_[A-Z0-9_]{1,248}\Z")


if __name__ == "__main__":
    unittest.main()
