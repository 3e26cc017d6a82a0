"""A guest goes on where it was: on another node, paused, while it writes, in a crowd."""

import re
import time
from typing import Dict, List

from cloud import smoke
from cloud.layout import COMPUTE_URL, NETWORK_URL
from cloud.proofs.case import Case

_GROUPS = f"{NETWORK_URL}/v2.0/security-groups"
_CROWD = 10
_REWRITTEN_MIB = 32


class Journeys(Case):
    def test_a_guest_goes_on_counting_on_the_other_node_and_comes_back(self) -> None:
        server = self.boot("traveller")
        group = self.put_into_a_group(server)
        before = self.show(server)
        for epoch in (1, 2):
            # Before the look: while its answer is on the way, the guest counts on.
            looked = time.monotonic()
            source, last = self.host(server), self.ticks(server)[-1]
            image = self.save(server)
            self.await_gone(server)
            passed = time.monotonic() - looked
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
            for same in ("addresses", "name", "metadata", "security_groups"):
                self.assertEqual(after[same], before[same])
            # It may have counted on between the look and the freeze, once a second, and not after.
            numbers = self.ticks(server)
            self.assertLessEqual(numbers[0] - last, passed + 2)
            self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
            self.assertGreater(numbers[0], last)
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.demo.delete(f"{_GROUPS}/{group}")

    def put_into_a_group(self, server: str) -> str:
        """A security group beside the default one; its id."""
        body = {"security_group": {"name": "travellers"}}
        group = str(self.demo.post(_GROUPS, body)["security_group"]["id"])
        (port,) = self.ports_of_guests()
        rules = {"port_security_enabled": True, "security_groups": [group]}
        self.admin.put(f"{NETWORK_URL}/v2.0/ports/{port}", {"port": rules})
        return group

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
        taken = {
            "network_id": smoke.provider_network(self.demo),
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
        base = self.image(self.base)
        writer = smoke.upload(
            self.demo,
            "writer",
            "qcow2",
            smoke.GUESTS / "base.qcow2",
            {
                "kernel_id": base["kernel_id"],
                "ramdisk_id": base["ramdisk_id"],
                "os_command_line": f"{base['os_command_line']} rewrite={_REWRITTEN_MIB}",
            },
        )
        server = self.boot("writer", writer)
        self.await_that("it rewrites", lambda: self.rewritten(server)[-1:] >= [_REWRITTEN_MIB * 2])
        before = self.rewritten(server)[-1]
        image = self.save(server)
        self.await_gone(server)
        server = self.restore(image)
        self.await_counting(server)
        # A round and more: whatever was on the disk has been looked at.
        self.await_that(
            "it goes on rewriting",
            lambda: self.rewritten(server)[-1:] >= [before + 3 * _REWRITTEN_MIB],
        )
        after = self.rewritten(server)
        self.assertEqual(after, list(range(after[0], after[-1] + 1, 16)))
        self.assertNotIn("rewrite:", smoke.console(self.demo, server))
        numbers = self.ticks(server)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))

    def rewritten(self, server: str) -> List[int]:
        """MiB in all, each time the guest said it."""
        said = smoke.console(self.demo, server)
        return [int(mib) for mib in re.findall(r"^rewrote (\d+) MiB\r?\n", said, re.MULTILINE)]

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
