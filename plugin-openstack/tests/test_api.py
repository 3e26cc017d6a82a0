"""What nova-api decides before anything is made or frozen, with Nova left out."""

import unittest
from types import SimpleNamespace
from typing import Any, Dict, Optional

from tresccad_openstack.api import flavors, movable
from tresccad_openstack.domainxml import CannotCarry

from tests.packages import MANIFEST


def flavor(name: str, root_gb: int, memory_mb: int = 128, **more: Any) -> Any:
    sizes = {"vcpus": 1, "ephemeral_gb": 0, "swap": 0, "extra_specs": {}, **more}
    return SimpleNamespace(name=name, root_gb=root_gb, memory_mb=memory_mb, **sizes)


class Flavors(unittest.TestCase):
    """The guest has a vCPU, 128 MiB and a disk of 1 GiB."""

    def chosen(self, *of: Any, name: str = "mine") -> str:
        return str(flavors.choose(of, MANIFEST.hardware, name).name)

    def test_the_one_of_the_guests_is_taken_if_it_fits(self) -> None:
        self.assertEqual(self.chosen(flavor("small", 1), flavor("mine", 9)), "mine")
        self.assertEqual(self.chosen(flavor("small", 1), flavor("mine", 9, 256)), "small")

    def test_else_that_with_the_smallest_disk(self) -> None:
        self.assertEqual(
            self.chosen(flavor("big", 9), flavor("small", 2), flavor("no", 0)), "small"
        )

    def test_a_disk_of_no_size_is_for_who_had_one(self) -> None:
        self.assertEqual(self.chosen(flavor("small", 1), flavor("mine", 0)), "mine")
        with self.assertRaisesRegex(CannotCarry, "no flavor here has 1 vCPUs, 128 MiB"):
            self.chosen(flavor("another", 0))

    def test_others_do_not_fit(self) -> None:
        for unfit in (
            flavor("mine", 1, 64),
            flavor("mine", 1, vcpus=2),
            flavor("mine", 1, swap=1),
            flavor("mine", 1, ephemeral_gb=1),
        ):
            with self.subTest(unfit), self.assertRaises(CannotCarry):
                self.chosen(unfit)


def refusal(
    image: Optional[Dict[str, str]] = None,
    volumes: bool = False,
    pci: bool = False,
    of: Any = flavor("mine", 1),
    **more: Any,
) -> Optional[str]:
    values = {"image_ref": "an image", "config_drive": "", "flavor": of, **more}
    properties = {f"image_{name}": value for name, value in (image or {}).items()}
    instance = SimpleNamespace(system_metadata=properties, **values)
    return movable.refusal(instance, volumes, pci)


class Movable(unittest.TestCase):
    def test_a_server_of_an_image_can_move(self) -> None:
        self.assertIsNone(refusal())
        self.assertIsNone(refusal({"hw_firmware_type": "bios", "hw_disk_bus": "virtio"}))

    def test_what_cannot_is_said_before_it_is_frozen(self) -> None:
        for what, found in (
            ("volumes", refusal(volumes=True)),
            ("not booted from an image", refusal(image_ref="")),
            ("swap", refusal(of=flavor("mine", 1, swap=1))),
            ("ephemeral", refusal(of=flavor("mine", 1, ephemeral_gb=1))),
            ("config drive", refusal(config_drive="True")),
            ("PCI", refusal(pci=True)),
            ("UEFI", refusal({"hw_firmware_type": "uefi"})),
            ("vTPM", refusal({"hw_tpm_version": "2.0"})),
            ("vTPM", refusal(of=flavor("mine", 1, extra_specs={"hw:tpm_version": "2.0"}))),
        ):
            with self.subTest(what):
                self.assertIn(what, found or "nothing")


if __name__ == "__main__":
    unittest.main()
