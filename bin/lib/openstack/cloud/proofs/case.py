"""What the proofs have in common: servers of a project's member, saved and restored."""

import json
import subprocess
import sys
import unittest
import urllib.request
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, ClassVar, Dict, List, Optional

from cloud import smoke
from cloud.contents import ACCOUNTS
from cloud.layout import COMPUTE_URL, IMAGE_URL, INTERNET, NETWORK_URL, Layout
from cloud.namespaces import first_process, move_into_network
from cloud.rest import Refused, Session
from cloud.services import Running

# Machines of tests are busy with others.
_SECONDS = 300.0


class Case(unittest.TestCase):
    """Each test begins with a cloud without servers, and leaves one."""

    layout: ClassVar[Layout]
    running: ClassVar[Running]
    admin: ClassVar[Session]
    demo: ClassVar[Session]
    base: ClassVar[str]
    images: ClassVar[List[str]]
    saved: ClassVar[Optional[str]]

    @classmethod
    def setUpClass(cls) -> None:
        move_into_network(first_process(cls.layout, INTERNET))
        cls.running = Running(cls.layout)
        cls.admin = Session(*ACCOUNTS["admin"])
        cls.demo = Session(*ACCOUNTS["demo"])
        cls.images = []
        cls.saved = None
        cls.base = smoke.upload_guest(cls.demo, cls.images)

    @classmethod
    def tearDownClass(cls) -> None:
        for image in cls.images:
            cls.demo.delete(f"{IMAGE_URL}/v2/images/{image}")

    def tearDown(self) -> None:
        """Nothing of a test is left for the next."""
        # What it stopped runs again.
        self.doCleanups()
        servers = self.admin.get(f"{COMPUTE_URL}/servers?all_tenants=1")["servers"]
        for server in servers:
            self.admin.delete(f"{COMPUTE_URL}/servers/{server['id']}")
        for server in servers:
            self.await_gone(server["id"])
        # Those that Nova did not make itself stay.
        for port in self.ports_of_guests():
            self.admin.delete(f"{NETWORK_URL}/v2.0/ports/{port}")
        for image in self.demo.get(f"{IMAGE_URL}/v2/images")["images"]:
            if image["id"] not in self.images:
                self.demo.delete(f"{IMAGE_URL}/v2/images/{image['id']}")

    def await_that(self, what: str, holds: Callable[[], bool]) -> None:
        self.running.wait_for(what, holds, seconds=_SECONDS)

    def await_gone(self, server: str) -> None:
        self.await_that(f"server {server} is gone", lambda: smoke.is_gone(self.admin, server))

    def boot(self, name: str, base: Optional[str] = None) -> str:
        """The id of a server whose guest counts."""
        server = self.boot_one(name, base)
        self.await_counting(server)
        return server

    def boot_one(self, name: str, base: Optional[str] = None) -> str:
        """The id of a server that is going to boot."""
        metadata = {"role": "traveller"}
        return smoke.make_server(self.demo, name, base or self.base, metadata=metadata)

    def await_counting(self, server: str) -> None:
        smoke.await_status(self.running, self.demo, server, "ACTIVE")
        smoke.await_counting(self.running, self.demo, server)

    def await_status(self, server: str, status: str) -> None:
        self.await_that("busy no more", lambda: not self.show(server)["OS-EXT-STS:task_state"])
        smoke.await_status(self.running, self.demo, server, status)

    def act(
        self, server: str, action: Dict[str, Any], status: str, by: Optional[Session] = None
    ) -> None:
        """Returns when it was done."""
        (by or self.demo).post(f"{COMPUTE_URL}/servers/{server}/action", action)
        self.await_status(server, status)

    def instances(self, host: str) -> Path:
        """Nova's directory of them on a node, as it is seen from outside."""
        root = Path(f"/proc/{first_process(self.layout, host)}/root")
        return root / "var/lib/nova/instances"

    def await_at_once(self, what: str, holds: Callable[[], bool]) -> None:
        """As await_that, for what does not last."""
        self.running.wait_for(what, holds, seconds=_SECONDS, pause=0.02)

    def await_frozen(self, server: str) -> None:
        """Until its memory is being written, or is."""
        work = self.instances(self.host(server)) / server / "tresccad-save"
        self.await_at_once("it is frozen", lambda: any(work.glob("snapshot*")))

    def upload(self, package: Path, properties: Dict[str, str]) -> str:
        """A package's file as an image; a mover gives it all properties of the first."""
        return smoke.upload(
            self.demo, "package", "raw", package, {"tresccad_package": "1", **properties}
        )

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
        url = f"{COMPUTE_URL}/os-services/{self.service_id(host)}"
        self.admin.put(url, {"status": "disabled"})
        self.addCleanup(self.admin.put, url, {"status": "enabled"})

    def service_id(self, host: str) -> str:
        """Of its nova-compute, as Nova knows it."""
        services = self.admin.get(f"{COMPUTE_URL}/os-services?binary=nova-compute")["services"]
        return str(next(s["id"] for s in services if s["host"] == host))

    def assert_refused(self, status: int, act: Callable[[], object], reason: str = "") -> None:
        with self.assertRaises(Refused) as raised:
            act()
        self.assertEqual(raised.exception.status, status, str(raised.exception))
        self.assertIn(reason, str(raised.exception))

    def download(self, image: str, most: int = -1) -> bytes:
        request = urllib.request.Request(
            f"{IMAGE_URL}/v2/images/{image}/file", headers=self.demo.headers
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            content: bytes = response.read(most)
        return content

    def is_decided(self, server: str) -> bool:
        """Gone, or with nothing left to do."""
        found = self.demo.get(f"{COMPUTE_URL}/servers/detail")["servers"]
        return not any(s["id"] == server and s["OS-EXT-STS:task_state"] for s in found)

    def manifest(self, image: str) -> Dict[str, Any]:
        """The first entry of a package, behind its header of 512 bytes."""
        content = self.download(image, 1 << 20)
        size = int(content[124:135], 8)
        found: Dict[str, Any] = json.loads(content[512:][:size])
        return found

    def package(
        self,
        change: Callable[[Dict[str, Any]], None] = lambda manifest: None,
        properties: Optional[Dict[str, str]] = None,
    ) -> str:
        """The image of a package that nobody has decided about yet, with a changed manifest.

        All of a class come from one save, so that not each test has to boot and save a guest; each
        has a nonce of its own. Their guests have one MAC, so only one of them can be there at once.
        """
        cls = type(self)
        if cls.saved is None:
            server = self.boot("packaged")
            cls.saved = self.save(server)
            cls.images.append(cls.saved)
            self.await_gone(server)

        def anew(manifest: Dict[str, Any]) -> None:
            manifest["identity"]["nonce"] = str(uuid.uuid4())
            change(manifest)

        return self._changed(cls.saved, anew, properties or {})

    def _changed(
        self, image: str, change: Callable[[Dict[str, Any]], None], properties: Dict[str, str]
    ) -> str:
        environment = {"PYTHONPATH": str(self.layout.plugin), "PYTHONDONTWRITEBYTECODE": "1"}
        program = [sys.executable, "-m", "tresccad_openstack.package"]
        with TemporaryDirectory(dir=self.layout.state) as directory:
            content = Path(directory)
            package = content / "package"
            package.write_bytes(self.download(image))
            with open(package, "rb") as source:
                command = [*program, "read", directory]
                subprocess.run(command, stdin=source, env=environment, check=True)
            manifest = json.loads((content / "manifest.json").read_text())
            change(manifest)
            (content / "manifest.json").write_text(json.dumps(manifest))
            members = [f"{name}={content / name}" for name in manifest["members"]]
            with open(package, "wb") as target:
                command = [*program, "write", str(content / "manifest.json"), *members]
                subprocess.run(command, stdout=target, env=environment, check=True)
            return self.upload(package, properties)
