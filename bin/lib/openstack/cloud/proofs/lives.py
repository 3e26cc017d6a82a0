"""What Nova does with any server it does with a restored one."""

from typing import Any, Dict, List, Tuple

from cloud.layout import COMPUTE_URL, CONTROLLER, IMAGE_URL
from cloud.proofs.case import Case
from cloud.services import service


class Lives(Case):
    def test_a_restored_server_is_one_like_any_other(self) -> None:
        server = self.restore(self.package())
        self.await_counting(server)
        actions: List[Tuple[Dict[str, Any], str]] = [
            ({"suspend": None}, "SUSPENDED"),
            ({"resume": None}, "ACTIVE"),
            ({"pause": None}, "PAUSED"),
            ({"unpause": None}, "ACTIVE"),
            ({"os-stop": None}, "SHUTOFF"),
            ({"os-start": None}, "ACTIVE"),
            ({"reboot": {"type": "HARD"}}, "ACTIVE"),
        ]
        for action, status in actions:
            self.act(server, action, status)
        self.await_counting(server)
        self.act(server, {"createImage": {"name": "snapshot"}}, "ACTIVE")
        images = self.demo.get(f"{IMAGE_URL}/v2/images?name=snapshot")["images"]
        self.await_that("the snapshot is there", lambda: self.is_active(images[0]["id"]))
        host = self.host(server)
        self.act(server, {"migrate": None}, "VERIFY_RESIZE", self.admin)
        self.assertNotEqual(self.host(server), host)
        self.act(server, {"confirmResize": None}, "ACTIVE")
        self.await_counting(server)
        # From its image, and not from the package again.
        self.act(server, {"rebuild": {"imageRef": self.base}}, "ACTIVE")
        self.await_counting(server)
        self.assertEqual(self.ticks(server)[0], 1)
        self.demo.delete(f"{COMPUTE_URL}/servers/{server}")
        self.await_gone(server)
        self.assertEqual(self.ports_of_guests(), [])

    def test_save_and_restore_work_when_nova_api_runs_under_wsgi(self) -> None:
        server = self.boot("wsgi")
        usual = service(CONTROLLER.name, "nova-api")
        wsgi = service(CONTROLLER.name, "nova-api-wsgi")
        self.running.stop(usual)
        self.addCleanup(self.running.start, usual)
        self.addCleanup(self.running.stop, wsgi)
        self.running.start(wsgi)
        image = self.save(server)
        self.await_gone(server)
        self.await_counting(self.restore(image))
        self.assert_refused(409, lambda: self.restore(image), "runs already")
