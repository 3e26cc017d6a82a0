"""Proofs that the plugin does in a cloud that is up what its README says; bin/openstack prove."""

import time
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Callable, ClassVar, Dict, List

from cloud import smoke
from cloud.contents import ACCOUNTS
from cloud.guest_proofs import GuestApi
from cloud.layout import COMPUTE_URL, IMAGE_URL, INTERNET, NETWORK_URL, NODES, Layout
from cloud.namespaces import first_process, move_into_network
from cloud.rest import Refused, Session
from cloud.services import Running, service

_SECONDS = 120.0


class Plugin(unittest.TestCase):
    """Servers of a project's member, saved and restored."""

    layout: ClassVar[Layout]
    running: ClassVar[Running]
    admin: ClassVar[Session]
    demo: ClassVar[Session]
    base: ClassVar[str]
    images: ClassVar[List[str]]

    @classmethod
    def setUpClass(cls) -> None:
        move_into_network(first_process(cls.layout, INTERNET))
        cls.running = Running(cls.layout)
        cls.admin = Session(*ACCOUNTS["admin"])
        cls.demo = Session(*ACCOUNTS["demo"])
        cls.images = []
        cls.base = smoke.upload_guest(cls.demo, cls.images)

    @classmethod
    def tearDownClass(cls) -> None:
        for image in cls.images:
            cls.demo.delete(f"{IMAGE_URL}/v2/images/{image}")

    def tearDown(self) -> None:
        """Nothing of a test is left for the next."""
        servers = self.admin.get(f"{COMPUTE_URL}/servers?all_tenants=1")["servers"]
        for server in servers:
            self.admin.delete(f"{COMPUTE_URL}/servers/{server['id']}")
        for server in servers:
            self.await_gone(server["id"])
        for image in self.demo.get(f"{IMAGE_URL}/v2/images")["images"]:
            if image["id"] not in self.images:
                self.demo.delete(f"{IMAGE_URL}/v2/images/{image['id']}")

    def await_that(self, what: str, holds: Callable[[], bool]) -> None:
        self.running.wait_for(what, holds, seconds=_SECONDS)

    def await_gone(self, server: str) -> None:
        self.await_that(f"server {server} is gone", lambda: smoke.is_gone(self.admin, server))

    def boot(self, name: str) -> str:
        """The id of a server whose guest counts."""
        networks = self.demo.get(f"{NETWORK_URL}/v2.0/networks?name=provider")["networks"]
        flavors = self.demo.get(f"{COMPUTE_URL}/flavors")["flavors"]
        wanted = {
            "name": name,
            "imageRef": self.base,
            "flavorRef": next(f["id"] for f in flavors if f["name"] == "m1.tiny"),
            "networks": [{"uuid": networks[0]["id"]}],
            "metadata": {"role": "traveller"},
        }
        server = str(self.demo.post(f"{COMPUTE_URL}/servers", {"server": wanted})["server"]["id"])
        self.await_counting(server)
        return server

    def await_counting(self, server: str) -> None:
        smoke.await_status(self.running, self.demo, server, "ACTIVE")
        smoke.await_counting(self.running, self.demo, server)

    def show(self, server: str) -> Dict[str, Any]:
        found: Dict[str, Any] = self.admin.get(f"{COMPUTE_URL}/servers/{server}")["server"]
        return found

    def host(self, server: str) -> str:
        return str(self.show(server)["OS-EXT-SRV-ATTR:host"])

    def ticks(self, server: str) -> List[int]:
        return smoke.ticks(smoke.console(self.demo, server))

    def save(self, server: str) -> str:
        return str(self.demo.post(f"{COMPUTE_URL}/servers/{server}/save", {})["image_id"])

    def restore(self, image: str) -> str:
        body = {"image_id": image}
        return str(self.demo.post(f"{COMPUTE_URL}/servers/restore", body)["server"]["id"])

    def image(self, image: str) -> Dict[str, Any]:
        found: Dict[str, Any] = self.demo.get(f"{IMAGE_URL}/v2/images/{image}")
        return found

    def is_active(self, image: str) -> bool:
        return str(self.image(image)["status"]) == "active"

    def ports_of_guests(self) -> List[str]:
        ports = self.admin.get(f"{NETWORK_URL}/v2.0/ports")["ports"]
        return [p["id"] for p in ports if p["device_owner"] != "network:dhcp"]

    def avoid(self, host: str) -> None:
        """The scheduler makes no server there until the test is over."""
        services = self.admin.get(f"{COMPUTE_URL}/os-services?binary=nova-compute")["services"]
        found = next(s["id"] for s in services if s["host"] == host)
        url = f"{COMPUTE_URL}/os-services/{found}"
        self.admin.put(url, {"status": "disabled"})
        self.addCleanup(self.admin.put, url, {"status": "enabled"})

    def assert_refused(self, status: int, act: Callable[[], object]) -> None:
        with self.assertRaises(Refused) as raised:
            act()
        self.assertEqual(raised.exception.status, status, str(raised.exception))

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

    def test_a_restored_server_is_one_like_any_other(self) -> None:
        image = self.save(self.boot("ordinary"))
        self.await_that("saved", lambda: self.is_active(image))
        self.await_that("ports are released", lambda: self.ports_of_guests() == [])
        server = self.restore(image)
        self.await_counting(server)
        for action, status in (
            ({"suspend": None}, "SUSPENDED"),
            ({"resume": None}, "ACTIVE"),
            ({"pause": None}, "PAUSED"),
            ({"unpause": None}, "ACTIVE"),
            ({"os-stop": None}, "SHUTOFF"),
            ({"os-start": None}, "ACTIVE"),
        ):
            self.demo.post(f"{COMPUTE_URL}/servers/{server}/action", action)
            self.await_that("busy no more", lambda: not self.show(server)["OS-EXT-STS:task_state"])
            smoke.await_status(self.running, self.demo, server, status)
        self.await_counting(server)
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.assertEqual(self.ports_of_guests(), [])

    def test_only_members_of_its_project_save_and_restore(self) -> None:
        server = self.boot("wanted")
        url = f"{COMPUTE_URL}/servers/{server}/save"
        reader, stranger = Session(*ACCOUNTS["reader"]), Session(*ACCOUNTS["stranger"])
        self.assert_refused(403, lambda: reader.post(url, {}))
        self.assert_refused(404, lambda: stranger.post(url, {}))
        image = self.save(server)
        self.assert_refused(409, lambda: self.save(server))
        self.await_gone(server)
        body, url = {"image_id": image}, f"{COMPUTE_URL}/servers/restore"
        self.assert_refused(403, lambda: reader.post(url, body))
        self.assert_refused(404, lambda: stranger.post(url, body))
        self.assert_refused(409, lambda: self.restore(self.base))

    def test_a_damaged_package_ends_as_an_error_that_says_so(self) -> None:
        server = self.boot("damaged")
        image = self.save(server)
        self.await_gone(server)
        damaged = self.layout.state / "damaged"
        damaged.write_bytes(self.download(image))
        self.addCleanup(damaged.unlink)
        with open(damaged, "r+b") as file:
            file.seek(-(1 << 20), 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))
        record = {"disk_format": "raw", "container_format": "bare", "tresccad_package": "1"}
        other = str(self.demo.post(f"{IMAGE_URL}/v2/images", record)["id"])
        self.demo.upload(f"{IMAGE_URL}/v2/images/{other}/file", damaged)
        server = self.restore(other)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        self.assertIn("digest", self.show(server)["fault"]["message"])
        self.assertEqual(self.ports_of_guests(), [])
        self.assertEqual(self.image(other)["status"], "active")
        # The correct one is none the worse for it.
        self.await_counting(self.restore(image))

    def download(self, image: str) -> bytes:
        request = urllib.request.Request(
            f"{IMAGE_URL}/v2/images/{image}/file", headers=self.demo.headers
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            content: bytes = response.read()
        return content

    def test_nova_compute_killed_while_it_saves_leaves_one_guest_that_runs(self) -> None:
        server = self.boot("crash")
        node = self.host(server)
        work = Path("/var/lib/nova/instances") / server / "tresccad-save" / "snapshot"
        compute = service(node, "nova-compute")
        seen = Path(f"/proc/{first_process(self.layout, node)}/root") / str(work).lstrip("/")
        image = self.save(server)
        self.await_that("the memory is on disk", seen.exists)
        self.running.stop(compute, "KILL")
        self.running.start(compute)
        self.await_that("it is decided", lambda: self.is_decided(server))
        if smoke.is_gone(self.admin, server):
            # The upload was done: then the package, and nothing else.
            self.assertEqual(self.image(image)["status"], "active")
            return
        self.assert_refused(404, lambda: self.image(image))
        self.await_counting(server)
        numbers = self.ticks(server)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))

    def is_decided(self, server: str) -> bool:
        """Gone, or with nothing left to do."""
        found = self.demo.get(f"{COMPUTE_URL}/servers/detail")["servers"]
        return not any(s["id"] == server and s["OS-EXT-STS:task_state"] for s in found)

    def test_nova_compute_killed_while_it_restores_leaves_the_package(self) -> None:
        image = self.save(self.boot("arriving"))
        self.await_that("saved", lambda: self.is_active(image))
        self.await_that("ports are released", lambda: self.ports_of_guests() == [])
        server = self.restore(image)
        nodes = [
            (
                node,
                Path(f"/proc/{first_process(self.layout, node.name)}/root/var/lib/nova/instances"),
            )
            for node in NODES
        ]
        arrival = f"tresccad-arrival-{server}"
        found = [node for node, instances in nodes if (instances / arrival).exists()]
        while not found:
            time.sleep(0.02)
            found = [node for node, instances in nodes if (instances / arrival).exists()]
        compute = service(found[0].name, "nova-compute")
        self.running.stop(compute, "KILL")
        self.running.start(compute)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        for node, instances in nodes:
            self.assertFalse((instances / arrival).exists())
            guests = self.running.command(node, ["virsh", "-q", "list", "--all", "--uuid"])
            self.assertNotIn(server, guests)
        self.assertTrue(self.is_active(image))
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.await_counting(self.restore(image))

    def test_nova_compute_killed_when_the_package_is_complete_leaves_the_package(self) -> None:
        server = self.boot("late")
        compute = service(self.host(server), "nova-compute")
        image = self.save(server)
        while not self.is_active(image):
            time.sleep(0.02)
        self.running.stop(compute, "KILL")
        self.running.start(compute)
        self.await_gone(server)
        self.assertEqual(self.image(image)["status"], "active")
        self.await_counting(self.restore(image))


def prove(layout: Layout) -> bool:
    """Whether all of them hold."""
    Plugin.layout = GuestApi.layout = layout
    suite = unittest.TestSuite()
    for proofs in (Plugin, GuestApi):
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(proofs))
    return unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
