"""Guests move by tresccac between this cloud and another one that is up, and it commands there.

The other has a Keystone and a Glance of its own, is behind TLS, and has a region more in its
catalog, with a Glance alone; neither cloud reaches the other, only clients of this one reach both.
"""

import hashlib
import json
import subprocess
import unittest
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Tuple

from cloud import configuration, connect, proving, smoke, tresccac
from cloud.contents import ACCOUNTS
from cloud.layout import (
    CONTROLLER,
    FAR,
    IMAGE_PORT,
    INTERNET,
    OTHER_IMAGE_PORT,
    PASSWORD,
    SITE,
    Layout,
    Site,
)
from cloud.namespaces import first_process, move_into_network
from cloud.rest import Identity, Session
from cloud.services import Running

_SECONDS = 600.0
# tresccac's exit code.
_UNREACHABLE = 6


@dataclass(frozen=True)
class Place:
    """One of the clouds, as a member of project demo sees it."""

    name: str
    session: Session
    compute: str
    image: str

    @staticmethod
    def at(name: str, site: Site) -> "Place":
        identity = Identity(site.url(5000, "/v3"), PASSWORD)
        session = Session(*ACCOUNTS["demo"], identity)
        return Place(name, session, site.url(8774, "/v2.1"), site.url(IMAGE_PORT))

    def servers(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = self.session.get(f"{self.compute}/servers/detail")["servers"]
        return found

    def is_empty(self) -> bool:
        return not self.servers()

    def is_busy(self) -> bool:
        """Whether something is being done with a server."""
        return any(server["OS-EXT-STS:task_state"] for server in self.servers())

    def images(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = self.session.get(f"{self.image}/v2/images?limit=1000")[
            "images"
        ]
        return found

    def delete_image(self, image: str) -> None:
        self.session.delete(f"{self.image}/v2/images/{image}")

    def packages(self) -> List[str]:
        return [image["id"] for image in self.images() if "tresccad_package" in image]

    def ticks(self, server: str) -> List[int]:
        return smoke.ticks(smoke.console(self.session, server, self.compute))


class Clouds(unittest.TestCase):
    layout: ClassVar[Layout]
    other: ClassVar[Layout]
    running: ClassVar[Running]
    near: ClassVar[Place]
    far: ClassVar[Place]
    # That of the far one, which has images alone.
    other_region: ClassVar[Place]
    clouds: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        connect.reach(cls.layout, cls.other, FAR)
        move_into_network(first_process(cls.layout, INTERNET))
        cls.running = Running(cls.layout)
        cls.near, cls.far = Place.at("near", SITE), Place.at("far", FAR)
        cls.other_region = replace(cls.far, image=FAR.url(OTHER_IMAGE_PORT))
        cls.clouds = cls.layout.state / "both-clouds.yaml"
        far = configuration.cloud(ACCOUNTS["demo"], FAR, cls.other.certificate)
        entries = {
            "near": configuration.cloud(ACCOUNTS["demo"], SITE),
            "far": far,
            "anywhere": {key: value for key, value in far.items() if key != "region_name"},
        }
        cls.clouds.write_text(configuration.clouds(entries), encoding="utf-8")
        cls.clouds.chmod(0o600)

    def tearDown(self) -> None:
        """Nothing of a test is left."""
        for place in (self.near, self.far):
            for server in place.servers():
                place.session.delete(f"{place.compute}/servers/{server['id']}")
            self.running.wait_for(f"{place.name} is empty", place.is_empty, seconds=_SECONDS)
        for place in (self.near, self.far, self.other_region):
            for image in place.images():
                place.delete_image(image["id"])

    def test_a_guest_goes_to_another_cloud_and_comes_back(self) -> None:
        images: List[str] = []
        base = smoke.upload_guest(self.near.session, images)
        server = self.boot(base)
        last = self.near.ticks(server)[-1]

        there, last = self.move(self.near, self.far, server, last)
        # Its base image went with it, once.
        self.assertEqual(len(self.far.images()), len(images) + len(self.records(self.far)))
        self.move(self.far, self.near, there, last)

    def test_a_guest_goes_cold_to_a_region_of_another_cloud(self) -> None:
        server = self.boot(smoke.upload_guest(self.near.session, []))
        last = self.near.ticks(server)[-1]
        cold = ("migrate", "emigrant", "--mode", "cold", "--source", "near", "--dest", "anywhere")
        # Where nothing answers.
        failed = self.run_tresccac(*cold, "--yes", "--region", SITE.region)
        self.assertEqual(failed.returncode, _UNREACHABLE, failed.stderr)
        (before,) = self.near.servers()
        self.assertEqual((before["status"], before["locked"]), ("ACTIVE", False))

        done = self.tresccac(*cold, "--yes", "--region", FAR.region)
        (after,) = self.far.servers()
        self.assertEqual((after["status"], self.near.servers()), ("ACTIVE", []))
        self.assertEqual(done["new_server_id"], after["id"])
        self.assertEqual(after["metadata"], before["metadata"])
        self.await_counting(self.far, after["id"], last)

    def test_a_cloud_behind_tls_is_commanded_like_any_other(self) -> None:
        far = ("--cloud", "far")
        server, last = self.spawn_at_far()
        listed = [(each["id"], each["status"]) for each in self.tresccac(*far, "list")]
        self.assertEqual(listed, [(server, "ACTIVE")])

        package = self.tresccac(*far, "save", "native", "--wait")["id"]
        self.running.wait_for("it has left", self.far.is_empty, seconds=_SECONDS)
        self.assertEqual(self.far.packages(), [package])
        restored = self.tresccac(*far, "restore", package, "--wait")["id"]
        self.await_counting(self.far, restored, last)

        parcel = ("--name", "parcel", "--disk-format", "aki")
        pushed = self.tresccac(*far, "push", str(smoke.GUESTS / "vmlinuz"), *parcel)["id"]
        pulled = self.tresccac("pull", pushed, "--source", "far", "--dest", "near")["id"]
        digests = [
            image["os_hash_value"]
            for place, wanted in ((self.far, pushed), (self.near, pulled))
            for image in place.images()
            if image["id"] == wanted
        ]
        content = (smoke.GUESTS / "vmlinuz").read_bytes()
        self.assertEqual(digests, [hashlib.sha512(content).hexdigest()] * 2)

        self.assertEqual(self.run_tresccac(*far, "delete", "--image", pushed).returncode, 0)
        self.assertNotIn(pushed, [image["id"] for image in self.far.images()])
        self.assertEqual(self.run_tresccac(*far, "delete", "native", "--wait").returncode, 0)
        self.assertEqual(self.far.servers(), [])

    def test_a_base_image_that_is_gone_is_fetched_from_another_region(self) -> None:
        _, last = self.spawn_at_far()
        package = self.tresccac("--cloud", "far", "save", "native", "--wait")["id"]
        for image in self.far.images():
            if image["id"] != package:
                self.far.delete_image(image["id"])
        restore = ("--cloud", "far", "restore", package)
        nowhere = self.run_tresccac(*restore)
        self.assertNotEqual(nowhere.returncode, 0)
        self.assertIn("not in Glance here, not in region RegionOne", nowhere.stderr)

        session = self.far.session
        original = smoke.upload_guest(session, [], glance=self.other_region.image)
        stored = self.stored_elsewhere(original)
        content = stored.read_bytes()
        stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        damaged = self.run_tresccac(*restore)
        self.assertNotEqual(damaged.returncode, 0)
        self.assertIn("what came has another digest", damaged.stderr)
        self.assertEqual(self.far.servers(), [])
        stored.write_bytes(content)

        restored = self.tresccac(*restore, "--wait")["id"]
        self.await_counting(self.far, restored, last)
        came = [image["name"] for image in self.far.images() if "tresccad_fetched" in image]
        self.assertEqual(sorted(came), ["guest-disk", "guest-kernel", "guest-ramdisk"])
        # Its kernel came, too.
        action = f"{self.far.compute}/servers/{restored}/action"
        session.post(action, {"reboot": {"type": "HARD"}})
        self.running.wait_for("it is rebooted", lambda: not self.far.is_busy(), seconds=_SECONDS)
        smoke.await_counting(self.running, session, restored, self.far.compute)

    def stored_elsewhere(self, image: str) -> Path:
        """The file of an image of the other region."""
        root = Path(f"/proc/{first_process(self.other, CONTROLLER.name)}/root")
        return root / configuration.glance_files(OTHER_IMAGE_PORT).strip("/") / "images" / image

    def records(self, place: Place) -> List[str]:
        return [image["id"] for image in place.images() if "tresccad_handover" in image]

    def move(self, source: Place, target: Place, server: str, last: int) -> Tuple[str, int]:
        """The server there and what it has counted to, every number once."""
        before = next(each for each in source.servers() if each["id"] == server)
        there = ("--source", source.name, "--dest", target.name)
        done = self.tresccac("migrate", before["name"], *there)
        (after,) = target.servers()
        self.assertEqual(done["new_server_id"], after["id"])
        self.assertEqual((after["status"], source.servers()), ("ACTIVE", []))
        for same in ("name", "metadata"):
            self.assertEqual(after[same], before[same])
        last = self.await_counting(target, after["id"], last)
        self.assertEqual(source.packages() + target.packages(), [])
        return str(after["id"]), last

    def await_counting(self, place: Place, server: str, last: int) -> int:
        """What the guest has counted to there, every number once."""
        smoke.await_counting(self.running, place.session, server, place.compute)
        numbers = place.ticks(server)
        self.assertGreater(numbers[0], last)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        return numbers[-1]

    def tresccac(self, *arguments: str) -> Any:
        """What it prints."""
        done = self.run_tresccac(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def run_tresccac(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [tresccac.PROGRAM, *arguments, "--json"],
            env=tresccac.environment(self.layout, self.clouds),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )

    def spawn_at_far(self) -> Tuple[str, int]:
        """A server called native, and what it has counted to."""
        base, kernel, ramdisk = (
            str(smoke.GUESTS / name) for name in ("base.qcow2", "vmlinuz", "initrd")
        )
        program = ("--cmdline", "console=ttyS0 guest=tick", "--flavor", "m1.tiny")
        boot = ("--name", "native", "--wait", "--kernel", kernel, "--ramdisk", ramdisk, *program)
        server = str(self.tresccac("--cloud", "far", "spawn", base, *boot)["id"])
        return server, self.await_counting(self.far, server, 0)

    def boot(self, base: str) -> str:
        session = self.near.session
        server = smoke.make_server(session, "emigrant", base, metadata={"role": "traveller"})
        smoke.await_status(self.running, session, server, "ACTIVE")
        smoke.await_counting(self.running, session, server)
        return server


def prove(layout: Layout, other: Layout) -> bool:
    """Whether it holds; both clouds are up, and empty."""
    Clouds.layout, Clouds.other = layout, other
    return proving.run([Clouds])
