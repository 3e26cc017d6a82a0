"""A guest moves by tresccac from this cloud to another one that is up, with its memory, and back.

The other has a Keystone and a Glance of its own, is behind TLS, and has a region more in its
catalog; neither cloud reaches the other, only clients of this one reach both.
"""

import json
import os
import subprocess
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Tuple

from cloud import configuration, connect, smoke
from cloud.contents import ACCOUNTS
from cloud.layout import FAR, INTERNET, NETWORK_URL, PASSWORD, SITE, Layout, Site
from cloud.namespaces import first_process, move_into_network
from cloud.rest import Identity, Session
from cloud.services import Running

_TRESCCAC = str(Path(__file__).resolve().parents[4] / "bin" / "tresccac")
_SECONDS = 600.0


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
        return Place(name, session, site.url(8774, "/v2.1"), site.url(9292))

    def servers(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = self.session.get(f"{self.compute}/servers/detail")["servers"]
        return found

    def is_empty(self) -> bool:
        return not self.servers()

    def images(self) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = self.session.get(f"{self.image}/v2/images?limit=1000")[
            "images"
        ]
        return found

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
    clouds: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        connect.reach(cls.layout, cls.other, FAR)
        move_into_network(first_process(cls.layout, INTERNET))
        cls.running = Running(cls.layout)
        cls.near, cls.far = Place.at("near", SITE), Place.at("far", FAR)
        cls.clouds = cls.layout.state / "both-clouds.yaml"
        entries = {
            "near": configuration.cloud(ACCOUNTS["demo"], SITE),
            "far": configuration.cloud(ACCOUNTS["demo"], FAR, cls.other.certificate),
        }
        cls.clouds.write_text(configuration.clouds(entries), encoding="utf-8")
        cls.clouds.chmod(0o600)

    def tearDown(self) -> None:
        """Nothing of a test is left."""
        for place in (self.near, self.far):
            for server in place.servers():
                place.session.delete(f"{place.compute}/servers/{server['id']}")
            self.running.wait_for(f"{place.name} is empty", place.is_empty, seconds=_SECONDS)
            for image in place.images():
                place.session.delete(f"{place.image}/v2/images/{image['id']}")

    def test_a_guest_goes_to_another_cloud_and_comes_back(self) -> None:
        images: List[str] = []
        base = smoke.upload_guest(self.near.session, images)
        server = self.boot(base)
        last = self.near.ticks(server)[-1]

        there, last = self.move(self.near, self.far, server, last)
        # Its base image went with it, once.
        self.assertEqual(len(self.far.images()), len(images) + len(self.records(self.far)))
        self.move(self.far, self.near, there, last)

    def records(self, place: Place) -> List[str]:
        return [image["id"] for image in place.images() if "tresccad_handover" in image]

    def move(self, source: Place, target: Place, server: str, last: int) -> Tuple[str, int]:
        """The server there and what it has counted to, every number once."""
        before = next(each for each in source.servers() if each["id"] == server)
        command = [_TRESCCAC, "migrate", before["name"], "--json"]
        done = subprocess.run(
            [*command, "--source", source.name, "--dest", target.name],
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(self.clouds)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        (after,) = target.servers()
        self.assertEqual(json.loads(done.stdout)["new_server_id"], after["id"])
        self.assertEqual((after["status"], source.servers()), ("ACTIVE", []))
        for same in ("name", "metadata"):
            self.assertEqual(after[same], before[same])
        smoke.await_counting(self.running, target.session, after["id"], target.compute)
        numbers = target.ticks(after["id"])
        self.assertGreater(numbers[0], last)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assertEqual(source.packages() + target.packages(), [])
        return str(after["id"]), numbers[-1]

    def boot(self, base: str) -> str:
        near = self.near
        networks = near.session.get(f"{NETWORK_URL}/v2.0/networks?name=provider")["networks"]
        flavors = near.session.get(f"{near.compute}/flavors")["flavors"]
        wanted = {
            "name": "emigrant",
            "imageRef": base,
            "flavorRef": next(f["id"] for f in flavors if f["name"] == "m1.tiny"),
            "networks": [{"uuid": networks[0]["id"]}],
            "metadata": {"role": "traveller"},
        }
        made = near.session.post(f"{near.compute}/servers", {"server": wanted})["server"]
        smoke.await_status(self.running, near.session, made["id"], "ACTIVE")
        smoke.await_counting(self.running, near.session, made["id"])
        return str(made["id"])


def prove(layout: Layout, other: Layout) -> bool:
    """Whether it holds; both clouds are up, and empty."""
    Clouds.layout, Clouds.other = layout, other
    suite = unittest.TestLoader().loadTestsFromTestCase(Clouds)
    return unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
