"""nova-compute is killed: one running guest, or one intact package."""

import time
from typing import Any, Dict, List

from cloud import computes, smoke
from cloud.contents import ACCOUNTS
from cloud.layout import COMPUTE_URL, CONTROLLER, IMAGE_URL, NODES
from cloud.proofs.arriving import Arriving
from cloud.proving import long
from cloud.rest import Refused, Session
from cloud.services import Service, service


class Crashes(Arriving):
    def test_nova_compute_killed_while_it_saves_leaves_one_guest_that_runs(self) -> None:
        server = self.boot("crash")
        compute = service(self.host(server), "nova-compute")
        image = self.save(server)
        self.await_frozen(server)
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

    @long
    def test_nova_compute_killed_before_it_begins_to_save_leaves_the_server_as_it_was(self) -> None:
        server = self.boot("early")
        host = self.host(server)
        # It takes the request, and gets no further than to ask Nova's database.
        conductor = service(CONTROLLER.name, "nova-conductor")
        pid = str(self.running.pid(conductor))
        self.running.command(CONTROLLER, ["kill", "-STOP", pid])
        try:
            image = self.save(server)
            time.sleep(3)
            self.running.stop(service(host, "nova-compute"), "KILL")
        finally:
            self.running.command(CONTROLLER, ["kill", "-CONT", pid])
        self.running.start(service(host, "nova-compute"))
        self.await_that("it is decided", lambda: self.is_decided(server))
        self.await_that("its image is gone", lambda: self.is_gone(image))
        (event,) = self.events_of_save(server)
        self.assertEqual(event["result"], "Error")
        self.assertIn("nova-compute ended", event["details"])
        self.await_counting(server)
        again = self.save(server)
        self.await_gone(server)
        self.assertTrue(self.is_active(again))

    @long
    def test_a_server_whose_state_an_operator_resets_while_it_is_saved_runs_in_no_other_way(
        self,
    ) -> None:
        server = self.boot("impatient")
        host = self.host(server)
        image = self.save(server)
        self.await_frozen(server)
        url = f"{COMPUTE_URL}/servers/{server}/action"
        actions: List[Dict[str, Any]] = [
            {"reboot": {"type": "SOFT"}},
            {"reboot": {"type": "HARD"}},
            {"suspend": None},
            {"os-stop": None},
        ]
        with self.glance_silent():
            for action in actions:
                self.admin.post(url, {"os-resetState": {"state": "active"}})
                self.demo.post(url, action)
                self.await_that("it is refused", lambda: self.is_decided(server))
                state = self.running.command(
                    next(node for node in NODES if node.name == host), ["virsh", "domstate", server]
                )
                self.assertEqual(state.strip(), "paused", str(action))
        self.await_gone(server)
        self.assertTrue(self.is_active(image))
        self.await_counting(self.restore(image))

    @long
    def test_a_server_that_was_being_saved_is_evacuated_and_runs_only_there(self) -> None:
        server = self.boot("stranded")
        lost = self.host(server)
        compute = service(lost, "nova-compute")
        image = self.save(server)
        self.await_frozen(server)
        self.running.stop(compute, "KILL")
        self.force_down(lost, True)
        self.addCleanup(self.take_up_again, compute)
        self.admin.post(f"{COMPUTE_URL}/servers/{server}/action", {"evacuate": {}})
        self.await_that("it is on the other node", lambda: self.host(server) != lost)
        self.await_status(server, "ACTIVE")
        self.await_counting(server)
        records = self.demo.get(f"{IMAGE_URL}/v2/images?tresccad_verdict=withdrawn")["images"]
        self.assertIn(server, [record["tresccad_lineage"] for record in records])
        self.await_that("its image is gone", lambda: self.is_gone(image))
        # The node that was lost comes back, with its frozen guest and what is written there.
        guests = ["virsh", "-q", "list", "--all", "--uuid"]
        self.assertIn(server, self.running.command(compute.node, guests))
        self.take_up_again(compute)
        self.await_that(
            "the lost node has nothing of it",
            lambda: server not in self.running.command(compute.node, guests)
            and not (self.instances(lost) / server).exists(),
        )
        self.assertNotEqual(self.host(server), lost)
        self.await_counting(server)

    def force_down(self, host: str, is_down: bool) -> None:
        """An operator tells Nova what has become of a node."""
        url = f"{COMPUTE_URL}/os-services/{self.service_id(host)}"
        self.admin.put(url, {"forced_down": is_down})

    def take_up_again(self, compute: Service) -> None:
        """A node's nova-compute, where servers were evacuated from: first it is done with them."""
        if self.running.pid(compute) is not None:
            return
        self.running.start(compute)

        def is_up() -> bool:
            try:
                self.force_down(compute.node.name, False)
            except Refused as refusal:
                if refusal.status == 400:
                    return False
                raise
            return True

        self.await_that("Nova takes it for up", is_up)

    @long
    def test_a_server_deleted_while_it_is_saved_is_gone_and_so_is_what_was_uploaded(self) -> None:
        server = self.boot("unwanted")
        image = self.save(server)
        self.await_frozen(server)
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        # Unless it was complete before: then somebody may have begun to restore it.
        self.await_that("its image is gone", lambda: self.is_gone(image) or self.is_active(image))

    def is_gone(self, image: str) -> bool:
        return image not in [
            each["id"] for each in self.demo.get(f"{IMAGE_URL}/v2/images")["images"]
        ]

    def events_of_save(self, server: str) -> List[Dict[str, Any]]:
        """Of the server's last save."""
        url = f"{COMPUTE_URL}/servers/{server}/os-instance-actions"
        admin = Session(*ACCOUNTS["admin"])
        # The first that has an event's details.
        admin.headers["OpenStack-API-Version"] = "compute 2.84"
        actions = admin.get(url)["instanceActions"]
        request = next(a["request_id"] for a in actions if a["action"] == "tresccad-save")
        found: List[Dict[str, Any]] = admin.get(f"{url}/{request}")["instanceAction"]["events"]
        return found

    def test_nova_compute_killed_while_it_restores_leaves_the_package(self) -> None:
        image = self.package()
        server = self.restore(image)
        compute = service(self.await_arrival(server).name, "nova-compute")
        self.running.stop(compute, "KILL")
        self.running.start(compute)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        for node in NODES:
            self.assertFalse(self.arrival(node, server).exists())
            guests = self.running.command(node, ["virsh", "-q", "list", "--all", "--uuid"])
            self.assertNotIn(server, guests)
        self.assertTrue(self.is_active(image))
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.await_counting(self.restore(image))

    def test_nova_compute_killed_when_the_package_is_complete_leaves_the_package(self) -> None:
        server = self.boot("late")
        host = self.host(server)
        image = self.save(server)
        self.await_at_once("the package is complete", lambda: self.is_active(image))
        computes.kill_and_start(self.running, self.admin, host)
        self.await_gone(server)
        self.assertEqual(self.image(image)["status"], "active")
        self.await_counting(self.restore(image))

    @long
    def test_a_claim_that_nova_compute_did_not_live_to_use_is_returned(self) -> None:
        image = self.package()
        server = self.restore(image)
        self.kill_before_it_uses_its_claim(server)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.await_counting(self.restore(image))
