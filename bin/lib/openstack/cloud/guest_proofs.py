"""Proofs of the guest API in a cloud that is up; part of bin/openstack prove.

Most of it a real guest asks, through Neutron's proxy. What no guest can send is sent to Nova's
metadata service itself, signed as the proxy signs, or not.
"""

import hashlib
import hmac
import json
import subprocess
import unittest
import urllib.error
import urllib.request
import uuid
from typing import Any, Callable, ClassVar, Dict, List, Mapping, Optional, Tuple

from cloud import computes, smoke
from cloud.contents import ACCOUNTS
from cloud.layout import (
    CLOUD,
    COMPUTE_URL,
    IMAGE_URL,
    INTERNET,
    METADATA_URL,
    NETWORK_URL,
    PASSWORD,
    Layout,
)
from cloud.namespaces import first_process, move_into_network
from cloud.proving import long
from cloud.rest import Refused, Session
from cloud.services import Running

_SECONDS = 180.0
_ALLOWED = {"tresccad:migration": "allowed"}
# Where guests ask.
_LINK_LOCAL = "169.254.169.254"


class GuestApi(unittest.TestCase):
    """Guests of a project's servers, which ask where they are and to be moved."""

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
        cls.base = smoke.upload_guest(cls.demo, cls.images, "agent")

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
        for image in self.packages():
            self.demo.delete(f"{IMAGE_URL}/v2/images/{image['id']}")

    def test_a_guest_asks_to_leave_and_goes_on_where_its_package_is_restored(self) -> None:
        server = self.boot(_ALLOWED)
        self.await_line(server, f"agent at {CLOUD} epoch 0")
        # It reads this in /openstack/latest/meta_data.json.
        self.tell(server, {"move_to": "laptop"})
        self.await_gone(server)

        (package,) = self.packages()
        image = str(package["id"])
        self.assertEqual(package["status"], "active")
        self.assertEqual(package["tresccad_destination"], "laptop")
        self.assertEqual((package["tresccad_lineage"], package["tresccad_epoch"]), (server, "1"))
        self.assertEqual(package["owner"], self.project())
        self.assertIn("tresccad-save-asked-by-guest", self.actions(server))
        reader, stranger = Session(*ACCOUNTS["reader"]), Session(*ACCOUNTS["stranger"])
        body, url = {"image_id": image}, f"{COMPUTE_URL}/servers/restore"
        self.assert_refused(403, lambda: reader.post(url, body))
        self.assert_refused(404, lambda: stranger.get(f"{IMAGE_URL}/v2/images/{image}"))

        restored = str(self.demo.post(url, body)["server"]["id"])
        smoke.await_status(self.running, self.demo, restored, "ACTIVE")
        self.await_line(restored, f"agent at {CLOUD} epoch 1")
        # It counts on: no tick is missing, none is said twice.
        smoke.await_counting(self.running, self.demo, restored)
        numbers = smoke.ticks(smoke.console(self.demo, restored))
        self.assertGreater(numbers[0], 1)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))

        _, found = self.ask(restored, "GET", "/tresccad/v1/instance")
        self.assertEqual((found["id"], found["lineage"], found["epoch"]), (restored, server, 1))
        self.assertGreater(found["thawed"]["gap_seconds"], 0)
        _, found = self.ask(restored, "GET", "/tresccad/v1/events?after=0&wait=30")
        self.assertEqual([each["event"] for each in found["events"]], ["thawed"])
        _, found = self.ask(restored, "GET", f"/tresccad/v1/migrations/{image}")
        found = found["migration"]
        self.assertEqual((found["status"], found["destination"]), ("completed", CLOUD))

    def test_nobody_asks_in_the_name_of_another_guest(self) -> None:
        server = self.boot(_ALLOWED)
        other = str(uuid.uuid4())
        path = "/tresccad/v1/instance"
        right = signed(server, self.project())
        without = {n: v for n, v in right.items() if n != "X-Instance-ID-Signature"}
        for status, headers in (
            (200, right),
            (400, without),
            (403, {**right, "X-Instance-ID-Signature": signature(other)}),
            (404, signed(server, "another project")),
        ):
            self.assertEqual(request(METADATA_URL + path, "GET", headers)[0], status)
        # From the guests' network, to the proxy that guests ask, by the header that it goes by.
        self.reach_proxy()
        url = f"http://{_LINK_LOCAL}{path}"
        self.assertEqual(request(url, "GET", {})[0], 404)
        for headers in ({"X-Forwarded-For": self.address(server)}, right):
            self.assertIn(request(url, "GET", headers)[0], (404, 500))

    def test_operator_and_owner_say_who_may_leave_and_where_to(self) -> None:
        server = self.boot({})
        _, token = self.ask(server, "PUT", "/latest/api/token")
        self.assertEqual(self.wish(server, "laptop", "no token"), 403)
        self.assertEqual(self.wish(server, "laptop", token), 403)
        self.assertEqual(self.allowed(server), {"laptop": False})
        self.tell(server, _ALLOWED)
        self.assertEqual(self.allowed(server), {"laptop": True})
        self.assertEqual(self.wish(server, "nowhere", token), 400)
        self.tell(server, {"tresccad:destinations": "desk, attic"})
        self.assertEqual(self.allowed(server), {"laptop": False, "desk": True, "attic": True})
        self.assertEqual(self.wish(server, "laptop", token), 403)
        self.act(server, {"lock": None})
        self.assertEqual(self.wish(server, "desk", token), 409)
        self.act(server, {"unlock": None})
        self.act(server, {"os-stop": None})
        smoke.await_status(self.running, self.demo, server, "SHUTOFF")
        self.assertEqual(self.wish(server, "desk", token), 409)
        self.assertEqual(self.packages(), [])

    @long
    def test_nova_compute_killed_before_the_freeze_leaves_the_guest_running(self) -> None:
        server = self.boot(_ALLOWED)
        host = self.host(server)
        _, token = self.ask(server, "PUT", "/latest/api/token")
        self.assertEqual(self.wish(server, "laptop", token), 200)
        computes.kill_and_start(self.running, self.admin, host)
        self.await_that("it is decided", lambda: self.is_decided(server))
        if smoke.is_gone(self.admin, server):
            # The machine was slow, and the upload already done: then the package, nothing else.
            self.assertEqual([each["status"] for each in self.packages()], ["active"])
            return
        smoke.await_counting(self.running, self.demo, server)
        self.await_that("its image is gone", lambda: self.packages() == [])
        _, found = self.ask(server, "GET", "/tresccad/v1/migrations")
        self.assertEqual([each["status"] for each in found["migrations"]], ["error"])

    def boot(self, metadata: Mapping[str, str]) -> str:
        """The id of a server whose guest counts."""
        server = smoke.make_server(self.demo, "guest", self.base, metadata=dict(metadata))
        smoke.await_status(self.running, self.demo, server, "ACTIVE")
        smoke.await_counting(self.running, self.demo, server)
        return server

    def show(self, server: str) -> Dict[str, Any]:
        found: Dict[str, Any] = self.admin.get(f"{COMPUTE_URL}/servers/{server}")["server"]
        return found

    def host(self, server: str) -> str:
        return str(self.show(server)["OS-EXT-SRV-ATTR:host"])

    def address(self, server: str) -> str:
        (addresses,) = self.show(server)["addresses"].values()
        return str(addresses[0]["addr"])

    def project(self) -> str:
        """Demo's."""
        return str(self.demo.get(f"{IMAGE_URL}/v2/images/{self.base}")["owner"])

    def packages(self) -> List[Dict[str, Any]]:
        images = self.demo.get(f"{IMAGE_URL}/v2/images")["images"]
        return [each for each in images if "tresccad_package" in each]

    def actions(self, server: str) -> List[str]:
        found = self.admin.get(f"{COMPUTE_URL}/servers/{server}/os-instance-actions")
        return [each["action"] for each in found["instanceActions"]]

    def act(self, server: str, action: Dict[str, Any]) -> None:
        self.demo.post(f"{COMPUTE_URL}/servers/{server}/action", action)

    def tell(self, server: str, metadata: Dict[str, str]) -> None:
        self.demo.post(f"{COMPUTE_URL}/servers/{server}/metadata", {"metadata": metadata})

    def ask(
        self, server: str, method: str, path: str, body: Optional[Any] = None
    ) -> Tuple[int, Any]:
        """What the server's guest would be answered: status, and JSON or text."""
        headers = signed(server, self.project())
        return request(METADATA_URL + path, method, headers, body)

    def wish(self, server: str, destination: str, token: str) -> int:
        body = {"destination": destination, "token": token}
        return self.ask(server, "POST", "/tresccad/v1/migrations", body)[0]

    def allowed(self, server: str) -> Dict[str, bool]:
        _, found = self.ask(server, "GET", "/tresccad/v1/destinations")
        return {each["name"]: each["allowed"] for each in found["destinations"]}

    def reach_proxy(self) -> None:
        """A way from here to where guests ask: the address of Neutron's DHCP port."""
        ports = self.admin.get(f"{NETWORK_URL}/v2.0/ports?device_owner=network:dhcp")["ports"]
        gateway = ports[0]["fixed_ips"][0]["ip_address"]
        route("replace", _LINK_LOCAL, "via", gateway)
        self.addCleanup(route, "delete", _LINK_LOCAL)

    def is_decided(self, server: str) -> bool:
        """Gone, or with nothing left to do."""
        found = self.demo.get(f"{COMPUTE_URL}/servers/detail")["servers"]
        return not any(s["id"] == server and s["OS-EXT-STS:task_state"] for s in found)

    def await_that(self, what: str, holds: Callable[[], bool]) -> None:
        self.running.wait_for(what, holds, seconds=_SECONDS)

    def await_gone(self, server: str) -> None:
        self.await_that(f"server {server} is gone", lambda: smoke.is_gone(self.admin, server))

    def await_line(self, server: str, line: str) -> None:
        self.await_that(
            f"the guest says {line}",
            lambda: line in smoke.console(self.demo, server).replace("\r", "").split("\n"),
        )

    def assert_refused(self, status: int, act: Callable[[], object]) -> None:
        with self.assertRaises(Refused) as raised:
            act()
        self.assertEqual(raised.exception.status, status, str(raised.exception))


def route(*arguments: str) -> None:
    subprocess.run(["ip", "route", *arguments], check=True)


def signature(server: str) -> str:
    """As Neutron's proxy signs (neutron.agent.metadata.agent, _sign_instance_id)."""
    return hmac.new(PASSWORD.encode(), server.encode(), hashlib.sha256).hexdigest()


def signed(server: str, project: str) -> Dict[str, str]:
    """The headers that it sends."""
    return {
        "X-Instance-ID": server,
        "X-Tenant-ID": project,
        "X-Instance-ID-Signature": signature(server),
        "X-Forwarded-For": "198.18.2.250",
    }


def request(
    url: str, method: str, headers: Mapping[str, str], body: Optional[Any] = None
) -> Tuple[int, Any]:
    """Status, and JSON or text."""
    data = None if body is None else json.dumps(body).encode()
    made = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(made, timeout=60) as response:
            status, content = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read().decode()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content
