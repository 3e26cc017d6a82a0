"""A guest moves by tresccac to another project of the cloud, with its memory, and counts on."""

import json
import subprocess
from typing import Any, Dict, List, Set

from cloud import smoke, tresccac
from cloud.layout import COMPUTE_URL, IMAGE_URL
from cloud.proofs.arriving import Arriving
from cloud.proving import long


class Between(Arriving):
    """From project demo to project admin; an administrator sees images of both."""

    def setUp(self) -> None:
        self.before = [image["id"] for image in self.all_images()]

    def tearDown(self) -> None:
        super().tearDown()
        # What was copied into the other project.
        for image in self.all_images():
            if image["id"] not in self.before + self.images:
                self.admin.delete(f"{IMAGE_URL}/v2/images/{image['id']}")

    def all_images(self) -> List[Dict[str, Any]]:
        url = f"{IMAGE_URL}/v2/images?limit=1000"
        found: List[Dict[str, Any]] = self.admin.get(url)["images"]
        return found

    def packages(self) -> List[str]:
        return [image["id"] for image in self.all_images() if "tresccad_package" in image]

    def servers(self) -> List[Dict[str, Any]]:
        """Of all projects."""
        url = f"{COMPUTE_URL}/servers/detail?all_tenants=1"
        found: List[Dict[str, Any]] = self.admin.get(url)["servers"]
        return found

    def migrate(self, *more: str) -> "subprocess.Popen[str]":
        between = ("--source", "demo", "--dest", "admin", "--json")
        return tresccac.migrate(self.layout, *more, *between)

    def assert_counts_on(self, before: Dict[str, Any], last: int) -> str:
        """In the other project, and nothing is left in its own; the server's id."""
        (after,) = self.servers()
        self.assertEqual(after["status"], "ACTIVE")
        self.assertNotEqual(after["tenant_id"], before["tenant_id"])
        for same in ("name", "metadata"):
            self.assertEqual(after[same], before[same])
        smoke.await_counting(self.running, self.admin, after["id"])
        numbers = smoke.ticks(smoke.console(self.admin, after["id"]))
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assertGreater(numbers[0], last)
        self.assertEqual(self.demo.get(f"{COMPUTE_URL}/servers")["servers"], [])
        self.assertEqual(self.packages(), [])
        self.assertEqual(len(self.ports_of_guests()), 1)
        return str(after["id"])

    def test_a_guest_moves_to_another_project_with_its_memory(self) -> None:
        server = self.boot("emigrant")
        before, last = self.show(server), self.ticks(server)[-1]
        process = self.migrate("emigrant")
        out, said = process.communicate(timeout=tresccac.SECONDS)
        self.assertEqual(process.returncode, 0, said)
        arrived = self.assert_counts_on(before, last)
        self.assertEqual(json.loads(out)["new_server_id"], arrived)

    @long
    def test_a_move_whose_program_was_killed_goes_on_from_its_package(self) -> None:
        server = self.boot("emigrant")
        before, last = self.show(server), self.ticks(server)[-1]
        process = self.migrate("emigrant")
        line = tresccac.await_line(process, "tresccac migrate --package")[-1]
        process.kill()
        process.communicate(timeout=tresccac.SECONDS)
        package = line.split("--package", 1)[1].split()[0]
        resumed = self.migrate("--package", package)
        _, said = resumed.communicate(timeout=tresccac.SECONDS)
        self.assertEqual(resumed.returncode, 0, said)
        self.assert_counts_on(before, last)

    @long
    def test_a_guest_that_the_other_project_gave_back_runs_where_it_was(self) -> None:
        server = self.boot("emigrant")
        last = self.ticks(server)[-1]
        process = self.migrate("emigrant")
        arriving: Set[str] = set()

        def is_restored() -> bool:
            arriving.update(each["id"] for each in self.servers() if each["id"] != server)
            return bool(arriving)

        self.await_that("it is restored", is_restored)
        self.kill_before_it_uses_its_claim(*arriving)
        _, said = process.communicate(timeout=tresccac.SECONDS)
        self.assertNotEqual(process.returncode, 0, said)
        (back,) = self.demo.get(f"{COMPUTE_URL}/servers")["servers"]
        self.await_counting(back["id"])
        numbers = self.ticks(back["id"])
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assertGreater(numbers[0], last)
        self.assertEqual([each["id"] for each in self.servers()], [back["id"]])
        self.assertEqual(self.packages(), [])
