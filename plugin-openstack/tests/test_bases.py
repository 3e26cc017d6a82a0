"""Base images that another region's Glance has, fetched by the Glance here."""

import unittest
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional
from types import SimpleNamespace
from unittest import mock

from glanceclient import exc as glance_exceptions

from tresccad_openstack.api import bases
from tresccad_openstack.compute import access, describe, images
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.member import Member

from tests.packages import MANIFEST

assert MANIFEST.base_image is not None
BASE = MANIFEST.base_image.sha512
KERNEL, RAMDISK = "1" * 128, "2" * 128
PROJECT = "project"
CONTEXT = SimpleNamespace(project_id=PROJECT, is_admin=False)
ADMIN = SimpleNamespace(project_id=PROJECT, is_admin=True)
WITHOUT_KERNEL = replace(
    MANIFEST,
    members=tuple(m for m in MANIFEST.members if m not in (Member.KERNEL, Member.RAMDISK)),
)


class Images:
    """A region's, as glanceclient has them; what is imported here comes when the test says so."""

    def __init__(self) -> None:
        self.all: List[Dict[str, Any]] = []
        self.tasks: Dict[str, List[Dict[str, Any]]] = {}
        self.imported: Dict[str, Any] = {}
        self.on_create: Callable[[], None] = lambda: None
        self.refusal: Optional[Exception] = None
        self.silence: Optional[Exception] = None
        self.http_client = self

    def add(self, sha512: Optional[str], status: str = "active", **more: Any) -> str:
        image: Dict[str, Any] = {
            "id": f"image-{len(self.all)}",
            "name": "an image",
            "disk_format": "qcow2",
            "container_format": "bare",
            "owner": PROJECT,
            "visibility": "private",
            "created_at": f"{len(self.all):02}",
            "os_hash_value": sha512,
            "status": status,
            **more,
        }
        self.all.append(image)
        self.tasks[image["id"]] = []
        return str(image["id"])

    def add_base(self) -> str:
        return self.add(
            BASE,
            kernel_id=self.add(KERNEL, disk_format="aki"),
            ramdisk_id=self.add(RAMDISK, disk_format="ari"),
            os_command_line="quiet",
            os_hidden=False,
            hw_disk_bus="virtio",
            secret="stays",
        )

    def get(self, name: str) -> Any:
        self.fail()
        if name.endswith("/tasks"):
            return None, {"tasks": self.tasks[name.split("/")[3]]}
        found = next((image for image in self.all if image["id"] == name), None)
        if found is None:
            raise glance_exceptions.HTTPNotFound(f"no image {name}")
        return found

    def fail(self) -> None:
        if self.silence is not None:
            raise self.silence

    def list(self, filters: Dict[str, str]) -> List[Dict[str, Any]]:
        self.fail()
        return _some(self.all, filters)

    def post(self, path: str, data: Dict[str, Any]) -> Any:
        assert path == "/v2/images"
        self.on_create()
        self.add(None, "queued", **data)
        return None, self.all[-1]

    def delete(self, image: str) -> None:
        self.all.remove(self.get(image))

    def image_import(self, image: str, method: str, **place: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        assert method == "glance-download"
        self.imported[image] = place
        self.tasks[image].append({"status": "processing", "message": "", "created_at": "1"})

    def come(self, other: "Images", damaged: bool = False) -> None:
        """All that is on its way is here."""
        for image in self.all:
            if image["status"] == "queued":
                original = other.get(self.imported[image["id"]]["remote_image_id"])
                content = "0" * 128 if damaged else original["os_hash_value"]
                image.update(status="active", os_hash_value=content)


def _some(every: List[Dict[str, Any]], filters: Dict[str, str]) -> List[Dict[str, Any]]:
    return [image for image in every if all(image.get(k) == v for k, v in filters.items())]


class Bases(unittest.TestCase):
    def setUp(self) -> None:
        self.here, self.there = Images(), Images()
        self.regions = [
            access.Region("There", "http://there", "internal", images.Images(self.there))
        ]
        for name, fake in (
            ("images", lambda context: images.Images(self.here)),
            ("other_regions", lambda context: iter(self.regions)),
        ):
            patch = mock.patch.object(access, name, fake)
            patch.start()
            self.addCleanup(patch.stop)

    def find(self, manifest: Manifest = MANIFEST, context: Any = CONTEXT) -> str:
        return bases.find(context, manifest)

    def assert_not_yet(self, reason: str = "comes from region There") -> None:
        with self.assertRaisesRegex(bases.NotYet, reason):
            self.find()

    def assert_cannot(self, reason: str, manifest: Manifest = MANIFEST) -> None:
        with self.assertRaisesRegex(CannotCarry, reason):
            self.find(manifest)

    def test_the_one_here_with_or_without_a_kernel_is_taken(self) -> None:
        without = self.here.add(BASE)
        self.assertEqual(self.find(WITHOUT_KERNEL), without)
        self.assert_cannot("with a kernel is not in Glance here, not in region There")
        base = self.here.add_base()
        self.assertEqual((self.find(), self.find(WITHOUT_KERNEL)), (base, without))

    def test_an_image_whose_kernel_is_null_has_none(self) -> None:
        base = self.here.add(BASE, kernel_id=None)
        self.assertEqual(self.find(WITHOUT_KERNEL), base)
        self.there.add(BASE, kernel_id=None)
        self.assert_cannot("with a kernel is not in Glance here")

    def test_a_missing_one_comes_after_its_kernel_and_ramdisk(self) -> None:
        original = self.there.get(self.there.add_base())
        self.assert_not_yet(r"image \S+ \(queued\), image \S+ \(queued\); ask again")
        self.assertEqual(
            [place["remote_image_id"] for place in self.here.imported.values()],
            [original["kernel_id"], original["ramdisk_id"]],
        )
        self.here.come(self.there)
        self.assert_not_yet()
        place = {"remote_region": "There", "remote_service_interface": "internal"}
        base = self.here.all[-1]
        self.assertEqual(
            self.here.imported[base["id"]], {**place, "remote_image_id": original["id"]}
        )
        self.here.come(self.there)
        self.assertEqual(self.find(), base["id"])
        kernel = self.here.get(base["kernel_id"])
        self.assertEqual((kernel["os_hash_value"], kernel["disk_format"]), (KERNEL, "aki"))
        self.assertEqual(self.here.get(base["ramdisk_id"])["os_hash_value"], RAMDISK)
        self.assertEqual((base["os_command_line"], base["hw_disk_bus"]), ("quiet", "virtio"))
        self.assertEqual((base["tresccad_base"], base["visibility"]), ("1", "private"))
        for own in ("os_hidden", "secret"):
            self.assertNotIn(own, base)

    def test_a_kernel_without_a_digest_is_not_fetched(self) -> None:
        self.there.add_base()
        self.there.all[0]["os_hash_value"] = None
        self.assert_cannot(r"from region There \(its kernel_id has no digest there\)")
        self.assertEqual(self.here.all, [])

    def test_parts_that_are_here_do_not_come_again(self) -> None:
        self.there.add_base()
        kernel, ramdisk = self.here.add(KERNEL), self.here.add(RAMDISK)
        self.assert_not_yet()
        base = self.here.all[-1]
        self.assertEqual((base["kernel_id"], base["ramdisk_id"]), (kernel, ramdisk))

    def test_what_is_on_its_way_is_not_asked_for_twice(self) -> None:
        self.there.add_base()
        self.assert_not_yet()
        asked = len(self.here.all)
        self.assert_not_yet()
        self.here.all[0]["status"] = "importing"
        self.assert_not_yet("importing")
        self.assertEqual((len(self.here.all), len(self.here.imported)), (asked, asked))

    def test_of_two_requests_at_once_one_fetches(self) -> None:
        self.there.add(BASE)
        other = "an earlier one"

        def be_first() -> None:
            fetched = {"tresccad_base": "1", "tresccad_fetched": f"{other} {BASE}"}
            self.here.add(None, "queued", id=other, **fetched)

        self.here.on_create = be_first
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        self.assertEqual([image["id"] for image in self.here.all], [other])
        self.assertEqual(list(self.here.imported), [other])

    def test_one_that_was_begun_is_chosen_whatever_was_made_first(self) -> None:
        self.there.add(BASE)
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        (begun,) = self.here.all
        begun["status"] = "importing"
        fetched = {"tresccad_base": "1", "tresccad_fetched": f"earlier {BASE}"}
        self.here.add(None, "queued", id="earlier", **{**fetched, "created_at": ""})
        with self.assertRaisesRegex(bases.NotYet, begun["id"]):
            self.find(WITHOUT_KERNEL)

    def test_one_that_was_made_and_not_asked_for_is_asked_for(self) -> None:
        self.there.add(BASE)
        self.here.refusal = glance_exceptions.HTTPConflict("somebody else did")
        for _ in range(2):
            with self.assertRaises(bases.NotYet):
                self.find(WITHOUT_KERNEL)
        self.here.refusal = None
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        self.assertEqual(list(self.here.imported), [self.here.all[0]["id"]])

    def test_what_comes_with_another_content_goes_and_is_not_used(self) -> None:
        self.there.add(BASE)
        for _ in range(2):
            with self.assertRaises(bases.NotYet):
                self.find(WITHOUT_KERNEL)
            self.here.come(self.there, damaged=True)
            self.assert_cannot("from region There: what came has another digest", WITHOUT_KERNEL)
            self.assertEqual(self.here.all, [])

    def test_a_snapshot_with_the_properties_of_one_that_came_is_left_alone(self) -> None:
        self.there.add(BASE)
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        (came,) = self.here.all
        self.here.delete(came["id"])
        snapshot = self.here.add("5" * 128, **{k: came[k] for k in came if "tresccad" in k})
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        self.assertIn(snapshot, [image["id"] for image in self.here.all])

    def test_a_failure_is_told_once_and_then_it_begins_anew(self) -> None:
        self.there.add(BASE)
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        (image,) = self.here.all
        self.here.tasks[image["id"]].append(
            {"status": "failure", "message": "no room", "created_at": "2"}
        )
        both = self.here.all.copy()
        self.assert_cannot("no room", WITHOUT_KERNEL)
        # Another request that saw it fail comes later.
        with mock.patch.object(self.here, "list", lambda filters: _some(both, filters)):
            self.assert_cannot("no room", WITHOUT_KERNEL)
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)

    def test_a_glance_that_does_not_import_leaves_nothing(self) -> None:
        self.there.add(BASE)
        self.here.refusal = glance_exceptions.HTTPBadRequest(
            "no method &#x27;glance-download&#x27;"
        )
        self.assert_cannot("no method 'glance-download'", WITHOUT_KERNEL)
        self.assertEqual(self.here.all, [])

    def add_region(self, name: str) -> Images:
        """Before the other one."""
        fake = Images()
        url = f"http://{name.lower()}"
        self.regions.insert(0, access.Region(name, url, "public", images.Images(fake)))
        return fake

    def test_the_packages_home_is_asked_first(self) -> None:
        away = self.add_region("Away")
        for each in (away, self.there):
            each.add(BASE)
        home = replace(describe.home_at("http://there/"), name="as its host called it")
        identity = replace(WITHOUT_KERNEL.identity, home=home)
        with self.assertRaisesRegex(bases.NotYet, "from region There"):
            self.find(replace(WITHOUT_KERNEL, identity=identity))

    def test_a_region_without_what_it_takes_does_not_hide_the_next(self) -> None:
        lacking = self.add_region("Lacking")
        lacking.add_base()
        lacking.delete(lacking.all[0]["id"])
        self.assert_cannot(r"from region Lacking \(.*no image image-0\), not in region There")
        self.there.add_base()
        self.assert_not_yet()

    def test_a_region_that_is_away_is_named_and_waited_for_when_something_comes(self) -> None:
        self.there.add(BASE)
        with self.assertRaises(bases.NotYet):
            self.find(WITHOUT_KERNEL)
        for silence in (
            glance_exceptions.CommunicationError("no answer"),
            glance_exceptions.HTTPServiceUnavailable("no answer"),
            TypeError("no answer"),
        ):
            self.there.silence = silence
            with self.subTest(silence), self.assertRaisesRegex(bases.NotYet, "There .*no answer"):
                self.find(WITHOUT_KERNEL)
        self.here.delete(self.here.all[0]["id"])
        self.assert_cannot(r"not to be had from region There \(.*no answer\)", WITHOUT_KERNEL)

    def test_a_glance_here_that_is_silent_is_asked_again(self) -> None:
        self.here.silence = glance_exceptions.HTTPBadGateway("no answer")
        self.assert_not_yet("Glance here does not answer .*no answer")
        self.here.silence = glance_exceptions.HTTPForbidden("you may not")
        self.assert_cannot("Glance here says .*you may not")

    def test_an_import_whose_answer_was_lost_goes_on(self) -> None:
        self.there.add(BASE)
        self.here.refusal = glance_exceptions.CommunicationError("cut")
        with self.assertRaisesRegex(bases.NotYet, "cut"):
            self.find(WITHOUT_KERNEL)
        self.assertEqual(len(self.here.all), 1)

    def test_an_administrator_is_given_no_image_of_others(self) -> None:
        self.here.add(BASE, owner="another project")
        self.assertRegex(self.find(WITHOUT_KERNEL), "image-0")
        with self.assertRaisesRegex(CannotCarry, "is not in Glance here"):
            self.find(WITHOUT_KERNEL, ADMIN)
        self.here.all[0]["visibility"] = "public"
        self.assertRegex(self.find(WITHOUT_KERNEL, ADMIN), "image-0")

    def test_a_disk_that_stands_alone_is_refused(self) -> None:
        self.assert_cannot("stands alone", replace(MANIFEST, base_image=None))


if __name__ == "__main__":
    unittest.main()
