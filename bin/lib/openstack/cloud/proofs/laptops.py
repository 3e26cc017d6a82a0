"""Hosts behind NAT and the cloud: guests go in, ask to go home, and run at one host only."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, List

from cloud import smoke
from cloud.hosts import ClientFailed, Hosts
from cloud.layout import CLOUD, COMPUTE_URL, IMAGE_URL, NODES, REGION
from cloud.namespaces import entering, first_process
from cloud.proofs.case import Case
from cloud.proving import long

_LAPTOP, _DESK = "laptop", "desk"


class Laptops(Case):
    """Hosts whose daemons know the cloud, and not each other; no way leads back to them."""

    # Of the network namespace where the proofs were started; they work in the cloud's.
    origin: ClassVar[int]
    hosts: ClassVar[Hosts]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.hosts = Hosts(cls.layout, cls.origin, [_LAPTOP, _DESK])
        cls.enterClassContext(cls.hosts)

    def spawn(self, name: str) -> None:
        """A guest on the laptop that does as its metadata say."""
        self.hosts.tresccac(
            *("--cloud", _LAPTOP, "spawn", str(smoke.GUESTS / "base.qcow2"), "--name", name),
            *("--kernel", str(smoke.GUESTS / "vmlinuz"), "--ramdisk", str(smoke.GUESTS / "initrd")),
            *("--cmdline", "console=ttyS0 guest=agent", "--flavor", "tiny"),
            *("--property", "tresccad:migration=allowed", "--wait"),
        )
        self.await_at(_LAPTOP, name, 3)

    def at(self, host: str, name: str) -> List[int]:
        """What the guest has counted there, by an unmodified client; nothing when it is gone."""
        program = ["openstack", "--os-cloud", host, "console", "log", "show", name]
        try:
            return smoke.ticks(self.hosts.client(*program).replace("\r", ""))
        except ClientFailed:
            return []

    def await_at(self, host: str, name: str, count: int) -> List[int]:
        """Until it has counted so often; all of it."""
        found: List[int] = []

        def counts() -> bool:
            found[:] = self.at(host, name)
            return len(found) >= count

        self.await_that(f"{name} counts on {host}", counts)
        return found

    def server_in_cloud(self) -> str:
        (server,) = self.demo.get(f"{COMPUTE_URL}/servers")["servers"]
        return str(server["id"])

    def assert_counts_on(self, numbers: List[int], last: int) -> int:
        """Nothing is left out or said twice since; the last one."""
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assertGreater(numbers[0], last)
        return numbers[-1]

    def assert_laptop_cannot_be_called(self) -> None:
        for node in NODES:
            laptop = f"telnet://{self.hosts.address(_LAPTOP)}:8774"
            call = ["curl", "--silent", "--max-time", "3", laptop]
            inside = entering(first_process(self.layout, node.name))
            done = subprocess.run([*inside, *call], stdin=subprocess.DEVNULL, capture_output=True)
            # curl(1): 7, no connection; 28, no answer in time.
            self.assertIn(done.returncode, (7, 28))

    def test_a_guest_goes_into_the_cloud_to_the_other_node_and_asks_to_go_home(self) -> None:
        self.assert_laptop_cannot_be_called()
        self.spawn("web")
        last = self.assert_counts_on(self.at(_LAPTOP, "web"), 0)

        self.hosts.tresccac("migrate", "web", "--source", _LAPTOP, "--dest", CLOUD)
        server = self.server_in_cloud()
        self.await_counting(server)
        last = self.assert_counts_on(self.ticks(server), last)

        source = self.host(server)
        image = self.save(server)
        self.await_gone(server)
        self.avoid(source)
        server = self.restore(image)
        self.await_counting(server)
        self.doCleanups()
        self.assertNotEqual(self.host(server), source)
        last = self.assert_counts_on(self.ticks(server), last)

        wish = {"metadata": {"move_to": _LAPTOP}}
        self.demo.post(f"{COMPUTE_URL}/servers/{server}/metadata", wish)
        self.await_gone(server)
        self.assert_counts_on(self.await_at(_LAPTOP, "web", 3), last)
        self.assertEqual(self.demo.get(f"{COMPUTE_URL}/servers")["servers"], [])

    @long
    def test_a_guest_goes_cold_to_a_host_and_back(self) -> None:
        server = self.boot("nomad")
        last, mac = self.ticks(server)[-1], self.mac(server)
        images = self.demo.get(f"{IMAGE_URL}/v2/images")
        there = ("migrate", "nomad", "--source", CLOUD, "--dest", _LAPTOP, "--mode", "cold")

        plan = json.loads(self.hosts.tresccac(*there, "--dry-run", "--json"))
        self.assertEqual((plan["possible"], plan["reasons"]), (True, []))
        self.assertEqual(self.demo.get(f"{IMAGE_URL}/v2/images"), images)
        self.assertEqual(self.show(server)["status"], "ACTIVE")
        self.assertFalse(self.show(server)["locked"])

        self.hosts.tresccac(*there, "--yes")
        numbers = self.await_at(_LAPTOP, "nomad", 3)
        self.assertGreater(numbers[0], last)
        self.assertEqual(self.demo.get(f"{COMPUTE_URL}/servers")["servers"], [])
        (domain,) = self.hosts.run("exec", _LAPTOP, "virsh", "list", "--name").split()
        self.assertIn(mac, self.hosts.run("exec", _LAPTOP, "virsh", "domiflist", domain))

        self.hosts.tresccac(
            *("migrate", "nomad", "--source", _LAPTOP, "--dest", CLOUD, "--region", REGION),
            *("--mode", "cold", "--yes"),
        )
        server = self.server_in_cloud()
        self.await_counting(server)
        self.assertGreater(self.ticks(server)[0], numbers[-1])
        self.assertEqual(self.hosts.run("exec", _LAPTOP, "virsh", "list", "--name").split(), [])

    def mac(self, server: str) -> str:
        (addresses,) = self.show(server)["addresses"].values()
        return str(addresses[0]["OS-EXT-IPS-MAC:mac_addr"])

    def test_of_two_hosts_that_restore_one_package_at_once_one_runs_it(self) -> None:
        server = self.boot("contested")
        last = self.ticks(server)[-1]
        image = self.save(server)
        self.await_gone(server)
        copies = {}
        for host in (_LAPTOP, _DESK):
            base = ("push", str(smoke.GUESTS / "base.qcow2"), "--name", "base")
            self.hosts.tresccac("--cloud", host, *base)
            pull = ("pull", image, "--source", CLOUD, "--dest", host, "--json")
            copies[host] = json.loads(self.hosts.tresccac(*pull))["id"]

        def restored(host: str) -> bool:
            try:
                self.hosts.tresccac("--cloud", host, "restore", copies[host])
            except ClientFailed:
                return False
            return True

        with ThreadPoolExecutor(2) as both:
            outcomes = dict(zip((_LAPTOP, _DESK), both.map(restored, (_LAPTOP, _DESK))))
        (winner,) = [host for host, ran in outcomes.items() if ran]
        (loser,) = [host for host, ran in outcomes.items() if not ran]
        self.assert_counts_on(self.await_at(winner, "contested", 3), last)
        running = self.hosts.run("exec", loser, "virsh", "list", "--name").split()
        self.assertEqual(running, [])
