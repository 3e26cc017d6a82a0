"""A host behind NAT and the cloud: a guest goes in, from node to node, and asks to go home."""

import subprocess
from typing import ClassVar, List

from cloud import smoke
from cloud.laptop import LAPTOP, LAPTOP_ADDRESS, ClientFailed, Laptop
from cloud.layout import CLOUD, COMPUTE_URL, NODES
from cloud.namespaces import entering, first_process
from cloud.proofs.case import Case


class Laptops(Case):
    """One host in namespaces of its own, whose daemon knows the cloud; no way leads back to it."""

    # Of the network namespace where the proofs were started; they work in the cloud's.
    origin: ClassVar[int]
    laptop: ClassVar[Laptop]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.laptop = Laptop(cls.layout, cls.origin)
        cls.enterClassContext(cls.laptop)

    def spawn(self, name: str) -> None:
        """A guest on the laptop that does as its metadata say."""
        self.laptop.tresccac(
            *("--cloud", LAPTOP, "spawn", str(smoke.GUESTS / "base.qcow2"), "--name", name),
            *("--kernel", str(smoke.GUESTS / "vmlinuz"), "--ramdisk", str(smoke.GUESTS / "initrd")),
            *("--cmdline", "console=ttyS0 guest=agent", "--flavor", "tiny"),
            *("--property", "tresccad:migration=allowed", "--wait"),
        )
        self.await_at_laptop(name, 3)

    def at_laptop(self, name: str) -> List[int]:
        """What the guest has counted there, by an unmodified client; nothing when it is gone."""
        program = ["openstack", "--os-cloud", LAPTOP, "console", "log", "show", name]
        try:
            return smoke.ticks(self.laptop.client(*program).replace("\r", ""))
        except ClientFailed:
            return []

    def await_at_laptop(self, name: str, count: int) -> List[int]:
        """Until it has counted so often; all of it."""
        found: List[int] = []

        def counts() -> bool:
            found[:] = self.at_laptop(name)
            return len(found) >= count

        self.await_that(f"{name} counts on the laptop", counts)
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
            call = ["curl", "--silent", "--max-time", "3", f"telnet://{LAPTOP_ADDRESS}:8774"]
            inside = entering(first_process(self.layout, node.name))
            done = subprocess.run([*inside, *call], stdin=subprocess.DEVNULL, capture_output=True)
            # curl(1): 7, no connection; 28, no answer in time.
            self.assertIn(done.returncode, (7, 28))

    def test_a_guest_goes_into_the_cloud_to_the_other_node_and_asks_to_go_home(self) -> None:
        self.assert_laptop_cannot_be_called()
        self.spawn("web")
        last = self.assert_counts_on(self.at_laptop("web"), 0)

        self.laptop.tresccac("migrate", "web", "--source", LAPTOP, "--dest", CLOUD)
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

        wish = {"metadata": {"move_to": LAPTOP}}
        self.demo.post(f"{COMPUTE_URL}/servers/{server}/metadata", wish)
        self.await_gone(server)
        self.assert_counts_on(self.await_at_laptop("web", 3), last)
        self.assertEqual(self.demo.get(f"{COMPUTE_URL}/servers")["servers"], [])
