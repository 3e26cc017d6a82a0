"""The register in Glance: never two, never none."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Optional

from cloud import smoke
from cloud.layout import COMPUTE_URL, CONTROLLER, IMAGE_URL
from cloud.proofs.arriving import Arriving
from cloud.proving import long
from cloud.rest import Refused
from cloud.services import service


class Register(Arriving):
    def test_a_package_is_restored_once(self) -> None:
        image = self.package()
        self.assertIsNone(self.record(image))
        server = self.restore(image)
        self.await_counting(server)
        record = self.record(image) or {}
        self.assertEqual(record["tresccad_verdict"], "claimed")
        self.assertEqual(record["tresccad_running"], "1")
        lineage = self.manifest(image)["identity"]["lineage"]
        self.assertEqual(record["tresccad_lineage"], lineage)
        self.assert_refused(409, lambda: self.restore(image), "runs already")
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.assert_refused(409, lambda: self.restore(image), "runs already")

    def test_a_server_whose_user_names_a_package_is_not_restored_from_it(self) -> None:
        image = self.package()
        metadata = {"tresccad_restore": image}
        server = smoke.make_server(self.demo, "forged", self.base, metadata=metadata)
        self.await_counting(server)
        self.assertEqual(self.ticks(server)[0], 1)
        self.assertIsNone(self.record(image))
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.await_counting(self.restore(image))

    def test_of_two_restores_at_once_one_runs(self) -> None:
        image = self.package()

        def attempt(_: int) -> Optional[str]:
            try:
                return self.restore(image)
            except Refused as refusal:
                self.assertEqual(refusal.status, 409, str(refusal))
                return None

        with ThreadPoolExecutor(2) as attempts:
            made = [server for server in attempts.map(attempt, range(2)) if server is not None]
        self.await_that("both are decided", lambda: not any(map(self.is_busy, made)))
        statuses = sorted(str(self.show(server)["status"]) for server in made)
        self.assertIn(statuses, (["ACTIVE"], ["ACTIVE", "ERROR"]))

    def is_busy(self, server: str) -> bool:
        return str(self.show(server)["status"]) == "BUILD"

    @long
    def test_a_server_deleted_while_it_is_restored_leaves_the_package(self) -> None:
        image = self.package()
        server = self.restore(image)
        self.await_arrival(server)
        with self.glance_silent():
            self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.assertIsNone(self.record(image))
        self.await_counting(self.restore(image))

    @long
    def test_a_server_deleted_while_it_claims_is_restored_again(self) -> None:
        image = self.package()
        server = self.restore(image)
        node = self.await_disk(server)
        with self.glance_silent():
            self.await_that("it claims", lambda: self.is_claiming(node))
            self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.assertEqual((self.record(image) or {})["tresccad_returned"], "1")
        self.await_counting(self.restore(image))

    def test_a_package_that_somebody_withdrew_is_not_restored(self) -> None:
        image = self.package()
        self.decide(image, "withdrawn")
        self.assert_refused(409, lambda: self.restore(image), "was withdrawn")

    def test_a_claim_that_was_returned_is_open_for_the_next(self) -> None:
        image = self.package()
        self.decide(image, "claimed", claimant=str(uuid.uuid4()))
        self.assert_refused(409, lambda: self.restore(image), "is claimed")
        self.demo.patch(
            f"{IMAGE_URL}/v2/images/{self.record_id(image)}",
            [{"op": "add", "path": "/tresccad_returned", "value": "1"}],
        )
        self.await_counting(self.restore(image))
        self.assertEqual((self.record(image, ".1") or {})["tresccad_running"], "1")

    def test_a_package_of_another_home_needs_a_claim_there(self) -> None:
        image = self.package()
        here = self.manifest(image)["identity"]["home"]["host_id"]
        foreign = self.package(self.name_another_home)
        self.assert_refused(409, lambda: self.restore(foreign), "its home is")
        properties = {"tresccad_home_claimed": here}
        foreign = self.package(self.name_another_home, properties)
        self.await_counting(self.restore(foreign))

    @staticmethod
    def name_another_home(manifest: Dict[str, Any]) -> None:
        manifest["identity"]["home"]["host_id"] = str(uuid.uuid4())

    def test_a_guest_whose_save_fails_runs_on_when_glance_has_said_so(self) -> None:
        server = self.boot("patient")
        glance = service(CONTROLLER.name, "glance-api")
        image = self.save(server)
        self.await_frozen(server)
        self.running.stop(glance, "KILL")
        self.addCleanup(self.running.start, glance)
        self.await_that("it failed", lambda: self.has_failed(server))
        state = self.show(server)["OS-EXT-STS:task_state"]
        self.assertEqual(state, "shelving_image_uploading")
        hard = {"reboot": {"type": "HARD"}}
        self.assert_refused(409, lambda: self.act(server, hard, "ACTIVE"), state)
        self.doCleanups()
        self.await_counting(server)
        numbers = self.ticks(server)
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assert_refused(404, lambda: self.image(image))
        # The epoch that was withdrawn is used up.
        image = self.save(server)
        self.await_gone(server)
        self.assertEqual(self.image(image)["tresccad_epoch"], "2")

    def has_failed(self, server: str) -> bool:
        """Whether the save's fault is there; while it is not decided, its event is not ended."""
        return "fault" in self.show(server) or self.faults(server) > 0

    def faults(self, server: str) -> int:
        question = f"select count(*) from nova.instance_faults where instance_uuid='{server}';"
        return int(self.running.sql(question))

    def record_id(self, image: str, attempt: str = "") -> str:
        identity = self.manifest(image)["identity"]
        return str(uuid.uuid5(uuid.UUID(identity["nonce"]), f"{identity['epoch']}{attempt}"))

    def record(self, image: str, attempt: str = "") -> Optional[Dict[str, Any]]:
        try:
            return self.image(self.record_id(image, attempt))
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def decide(self, image: str, verdict: str, **more: str) -> None:
        record = {
            "id": self.record_id(image),
            "disk_format": "raw",
            "container_format": "bare",
            "tresccad_verdict": verdict,
            **{f"tresccad_{name}": value for name, value in more.items()},
        }
        self.demo.post(f"{IMAGE_URL}/v2/images", record)
