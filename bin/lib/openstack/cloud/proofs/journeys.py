"""A guest goes on where it was: on another node, paused, while it writes, in a crowd."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict

from cloud import smoke
from cloud.layout import NETWORK_URL
from cloud.proofs.case import Case

_CROWD = 10


class Journeys(Case):
    def test_a_guest_goes_on_counting_on_the_other_node_and_comes_back(self) -> None:
        server = self.boot("traveller")
        before = self.show(server)
        for epoch in (1, 2):
            source, last = self.host(server), self.ticks(server)[-1]
            image = self.save(server)
            self.await_gone(server)
            self.assertEqual(self.ports_of_guests(), [])
            package = self.image(image)
            self.assertEqual(
                (package["status"], package["tresccad_lineage"], package["tresccad_epoch"]),
                ("active", before["id"], str(epoch)),
            )
            self.avoid(source)
            server = self.restore(image)
            self.await_counting(server)
            self.doCleanups()
            self.assertNotEqual(self.host(server), source)
            after = self.show(server)
            for same in ("addresses", "name", "metadata"):
                self.assertEqual(after[same], before[same])
            # It may have counted on between the look and the freeze; it counts nothing twice.
            numbers = self.ticks(server)
            self.assertLessEqual(numbers[0] - last, 6)
            self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
            self.assertGreater(numbers[0], last)

    def test_a_paused_server_is_paused_where_it_arrives(self) -> None:
        server = self.boot("sleeper")
        self.act(server, {"pause": None}, "PAUSED")
        last = self.ticks(server)[-1]
        image = self.save(server)
        self.await_gone(server)
        server = self.restore(image)
        self.await_status(server, "PAUSED")
        self.assertEqual(self.ticks(server), [])
        self.act(server, {"unpause": None}, "ACTIVE")
        self.await_counting(server)
        self.assertEqual(self.ticks(server)[0], last + 1)

    def test_a_guest_whose_address_is_taken_gets_another_and_is_told(self) -> None:
        image = self.package()
        before = self.manifest(image)["hardware"]["nics"][0]
        networks = self.demo.get(f"{NETWORK_URL}/v2.0/networks?name=provider")["networks"]
        taken = {
            "network_id": networks[0]["id"],
            "fixed_ips": [{"ip_address": before["address"]}],
        }
        port = self.admin.post(f"{NETWORK_URL}/v2.0/ports", {"port": taken})["port"]["id"]
        self.addCleanup(self.admin.delete, f"{NETWORK_URL}/v2.0/ports/{port}")
        server = self.restore(image)
        self.await_counting(server)
        (after,) = self.show(server)["addresses"]["provider"]
        self.assertNotEqual(after["addr"], before["address"])
        self.assertEqual(after["OS-EXT-IPS-MAC:mac_addr"], before["mac"])
        self.await_that(
            "the guest uses it",
            lambda: f"address {after['addr']}" in smoke.console(self.demo, server),
        )

    def test_a_guest_that_writes_to_its_disk_goes_on_writing(self) -> None:
        with TemporaryDirectory(dir=self.layout.state) as directory:
            base = self.large_guest(Path(directory) / "large.qcow2")
        server = self.boot("writer", base)
        disk = self.instances(self.host(server)) / server / "disk"
        # Not its blocks: a file system may compress what it writes, which is zeros.
        self.await_that("it writes", lambda: disk.stat().st_size > 64 << 20)
        image = self.save(server)
        self.await_gone(server)
        server = self.restore(image)
        self.await_counting(server)
        # It says so once all is written; before, it was in the midst of it.
        self.await_that("all is written", lambda: "fill ready" in smoke.console(self.demo, server))
        numbers = self.ticks(server)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))

    def large_guest(self, file: Path) -> str:
        """An image of a guest that begins to write much as soon as it has an address."""
        raw = file.with_suffix(".raw")
        for command in (
            ["qemu-img", "convert", "-O", "raw", str(smoke.GUESTS / "base.qcow2"), str(raw)],
            ["truncate", "--size=1G", str(raw)],
            ["resize2fs", str(raw)],
            ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(file)],
        ):
            subprocess.run(command, check=True, capture_output=True)
        base = self.image(self.base)
        return smoke.upload(
            self.demo,
            "large",
            "qcow2",
            file,
            {
                "kernel_id": base["kernel_id"],
                "ramdisk_id": base["ramdisk_id"],
                "os_command_line": f"{base['os_command_line']} overlay=zero:500",
            },
        )

    def test_ten_servers_are_saved_and_restored_at_once(self) -> None:
        servers = [self.boot_one(f"crowd-{number}") for number in range(_CROWD)]
        for server in servers:
            self.await_counting(server)
        last: Dict[str, int] = {server: self.ticks(server)[-1] for server in servers}
        images: Dict[str, str] = {server: self.save(server) for server in servers}
        for server in servers:
            self.await_gone(server)
        restored: Dict[str, str] = {s: self.restore(image) for s, image in images.items()}
        for before, server in restored.items():
            self.await_counting(server)
            numbers = self.ticks(server)
            self.assertGreater(numbers[0], last[before])
            self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
