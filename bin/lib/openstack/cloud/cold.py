"""Proofs that tresccac moves a server cold between two projects of a cloud that is up."""

import json
import re
import signal
import subprocess
import unittest
from typing import Any, ClassVar, Dict, List

from cloud import proving, smoke, tresccac
from cloud.contents import ACCOUNTS
from cloud.layout import COMPUTE_URL, IMAGE_URL, INTERNET, NETWORK_URL, Layout
from cloud.namespaces import first_process, move_into_network
from cloud.rest import Session
from cloud.services import Running

_SECONDS = 300.0


class Cold(unittest.TestCase):
    """From project demo to project admin, which owns the network and so may choose addresses."""

    layout: ClassVar[Layout]
    running: ClassVar[Running]
    admin: ClassVar[Session]
    demo: ClassVar[Session]
    base: ClassVar[str]
    images: ClassVar[List[str]]
    # Images that others left, such as records of the register.
    before: ClassVar[List[str]]

    @classmethod
    def setUpClass(cls) -> None:
        move_into_network(first_process(cls.layout, INTERNET))
        cls.running = Running(cls.layout)
        cls.admin = Session(*ACCOUNTS["admin"])
        cls.demo = Session(*ACCOUNTS["demo"])
        cls.images = []
        cls.before = [each["id"] for each in cls.all_images()]
        cls.base = smoke.upload_guest(cls.demo, cls.images)

    @classmethod
    def tearDownClass(cls) -> None:
        for image in cls.images:
            cls.demo.delete(f"{IMAGE_URL}/v2/images/{image}")

    def tearDown(self) -> None:
        """Nothing of a test is left for the next."""
        for server in self.servers():
            if server["locked"]:
                action: Dict[str, Any] = {"unlock": None}
                self.admin.post(f"{COMPUTE_URL}/servers/{server['id']}/action", action)
            self.admin.delete(f"{COMPUTE_URL}/servers/{server['id']}")
            self.running.wait_for(
                f"server {server['id']} is gone",
                lambda gone=server["id"]: smoke.is_gone(self.admin, gone),  # type: ignore[misc]
                seconds=_SECONDS,
            )
        for port in self.ports():
            self.admin.delete(f"{NETWORK_URL}/v2.0/ports/{port['id']}")
        for image in self.other_images():
            self.admin.delete(f"{IMAGE_URL}/v2/images/{image['id']}")

    def servers(self) -> List[Dict[str, Any]]:
        url = f"{COMPUTE_URL}/servers/detail?all_tenants=1"
        found: List[Dict[str, Any]] = self.admin.get(url)["servers"]
        return found

    def ports(self) -> List[Dict[str, Any]]:
        ports = self.admin.get(f"{NETWORK_URL}/v2.0/ports")["ports"]
        return [port for port in ports if port["device_owner"] != "network:dhcp"]

    @classmethod
    def all_images(cls) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = cls.admin.get(f"{IMAGE_URL}/v2/images?limit=1000")["images"]
        return found

    def other_images(self) -> List[Dict[str, Any]]:
        known = self.images + self.before
        return [image for image in self.all_images() if image["id"] not in known]

    def boot(self) -> str:
        metadata = {"role": "traveller"}
        server = smoke.make_server(self.demo, "traveller", self.base, metadata=metadata)
        smoke.await_status(self.running, self.demo, server, "ACTIVE")
        smoke.await_counting(self.running, self.demo, server)
        return server

    def move(self) -> "subprocess.Popen[str]":
        between = ("--source", "demo", "--dest", "admin", "--mode", "cold", "--json")
        return tresccac.migrate(self.layout, "traveller", *between)

    def assert_arrived(self, before: Dict[str, Any], last: int) -> None:
        servers = self.servers()
        self.assertEqual([s["status"] for s in servers], ["ACTIVE"])
        after = servers[0]
        self.assertNotEqual(after["tenant_id"], before["tenant_id"])
        for same in ("name", "addresses", "metadata"):
            self.assertEqual(after[same], before[same])
        smoke.await_counting(self.running, self.admin, after["id"])
        self.assertGreater(smoke.ticks(smoke.console(self.admin, after["id"]))[0], last)

    def test_it_arrives_with_mac_and_address_and_counts_on(self) -> None:
        server = self.boot()
        before = self.servers()[0]
        last = smoke.ticks(smoke.console(self.demo, server))[-1]
        process = self.move()
        out, said = process.communicate(timeout=_SECONDS)
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual(self.servers()[0]["id"], json.loads(out)["new_server_id"])
        self.assert_arrived(before, last)
        names = sorted(image["name"] for image in self.other_images())
        self.assertEqual(names, ["guest-kernel", "guest-ramdisk", "traveller"])
        self.assertEqual(len(self.ports()), 1)

    def test_interrupted_it_leaves_nothing_and_the_source_runs_again(self) -> None:
        server = self.boot()
        last = smoke.ticks(smoke.console(self.demo, server))[-1]
        process = self.move()
        tresccac.await_line(process, "making an image")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_SECONDS)
        self.assertNotEqual(process.returncode, 0)
        smoke.await_status(self.running, self.demo, server, "ACTIVE")
        smoke.await_counting(self.running, self.demo, server)
        self.assertGreater(smoke.ticks(smoke.console(self.demo, server))[-1], last)
        self.assertEqual([s["id"] for s in self.servers()], [server])
        self.assertFalse(self.servers()[0]["locked"])
        self.assertEqual(self.other_images(), [])

    def test_killed_when_it_has_asked_for_the_target_it_is_resumed(self) -> None:
        server = self.boot()
        before = self.servers()[0]
        last = smoke.ticks(smoke.console(self.demo, server))[-1]
        process = self.move()
        lines = tresccac.await_line(process, "starting at")
        process.kill()
        process.communicate(timeout=_SECONDS)
        moves = [found for line in lines for found in re.findall(r": move ([0-9a-f-]{36})", line)]
        resumed = tresccac.migrate(self.layout, "--resume", moves[0])
        _, said = resumed.communicate(timeout=_SECONDS)
        self.assertEqual(resumed.returncode, 0, said)
        self.assert_arrived(before, last)


def prove(layout: Layout) -> bool:
    """Whether all of them hold."""
    Cold.layout = layout
    return proving.run([Cold])
