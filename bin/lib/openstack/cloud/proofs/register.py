"""The register in Glance: never two, never none."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Optional

from cloud import smoke
from cloud.layout import COMPUTE_URL, CONTROLLER, IMAGE_URL, NETWORK_URL
from cloud.proofs.case import Case
from cloud.rest import Refused
from cloud.services import service


class Register(Case):
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
        # Somebody who asks Nova itself, past the first look at the register.
        manifest = self.manifest(image)
        port = self.port(manifest["hardware"]["nics"][0])
        server = smoke.make_server(
            *(self.demo, "twice", self.base),
            networks=[{"port": port}],
            metadata={"tresccad_restore": image},
        )
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        self.assertIn("runs already", self.show(server)["fault"]["message"])

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

    def port(self, nic: Dict[str, str]) -> str:
        port = {
            "network_id": smoke.provider_network(self.demo),
            "mac_address": nic["mac"],
            "tenant_id": self.demo.project,
        }
        made = str(self.admin.post(f"{NETWORK_URL}/v2.0/ports", {"port": port})["port"]["id"])
        self.addCleanup(self.delete_port, made)
        return made

    def delete_port(self, port: str) -> None:
        try:
            self.admin.delete(f"{NETWORK_URL}/v2.0/ports/{port}")
        except Refused as refusal:
            if refusal.status != 404:
                raise
