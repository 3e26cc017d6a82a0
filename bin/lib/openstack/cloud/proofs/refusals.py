"""Who is refused, and what."""

from typing import Any, Callable, Dict

from cloud import smoke
from cloud.contents import ACCOUNTS
from cloud.layout import COMPUTE_URL, NETWORK_URL, NODES
from cloud.proofs.case import Case
from cloud.proving import long
from cloud.rest import Session


class Refusals(Case):
    def test_only_members_of_its_project_save_and_restore_and_only_to_a_name(self) -> None:
        server = self.boot("wanted")
        url = f"{COMPUTE_URL}/servers/{server}/save"
        reader, stranger = Session(*ACCOUNTS["reader"]), Session(*ACCOUNTS["stranger"])
        self.assert_refused(403, lambda: reader.post(url, {}))
        self.assert_refused(404, lambda: stranger.post(url, {}))
        wrongs = ({"destination": ""}, {"destination": 1}, {"destination": "a b"}, {"to": "x"})
        for wrong in wrongs:
            self.assert_refused(400, lambda: self.demo.post(url, wrong))
        image = str(self.demo.post(url, {"destination": "laptop"})["image_id"])
        self.assert_refused(409, lambda: self.save(server))
        self.await_gone(server)
        self.assertEqual(self.image(image)["tresccad_destination"], "laptop")
        body, url = {"image_id": image}, f"{COMPUTE_URL}/servers/restore"
        self.assert_refused(403, lambda: reader.post(url, body))
        self.assert_refused(404, lambda: stranger.post(url, body))
        self.assert_refused(409, lambda: self.restore(self.base))

    def test_a_damaged_package_ends_as_an_error_that_says_so(self) -> None:
        image = self.package()
        damaged = self.layout.state / "damaged"
        damaged.write_bytes(self.download(image))
        self.addCleanup(damaged.unlink)
        with open(damaged, "r+b") as file:
            file.seek(-(1 << 20), 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))
        other = self.upload(damaged, {})
        server = self.restore(other)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        self.assertIn("digest", self.show(server)["fault"]["message"])
        self.assertEqual(self.ports_of_guests(), [])
        self.assertEqual(self.image(other)["status"], "active")
        # The correct one is none the worse for it.
        self.await_counting(self.restore(image))

    def test_a_server_that_the_scheduler_has_no_node_for_leaves_no_port(self) -> None:
        image = self.package()
        for node in NODES:
            self.avoid(node.name)
        server = self.restore(image)
        self.await_that("it failed", lambda: str(self.show(server)["status"]) == "ERROR")
        self.assertIn("No valid host", self.show(server)["fault"]["message"])
        self.await_that("its port is gone", lambda: not self.ports_of_guests())
        self.doCleanups()
        self.await_counting(self.restore(image))

    @long
    def test_a_port_that_its_user_made_is_in_the_way_until_it_is_deleted(self) -> None:
        network = {"network_id": smoke.provider_network(self.demo)}
        ports = f"{NETWORK_URL}/v2.0/ports"
        port = self.demo.post(ports, {"port": network})["port"]
        server = smoke.make_server(self.demo, "own", self.base, networks=[{"port": port["id"]}])
        self.await_counting(server)
        image = self.save(server)
        self.await_gone(server)
        self.assertEqual(self.ports_of_guests(), [port["id"]])
        self.assert_refused(409, lambda: self.restore(image), port["mac_address"])
        self.demo.delete(f"{ports}/{port['id']}")
        self.await_counting(self.restore(image))

    def test_a_guest_that_no_compute_node_can_run_is_refused_with_what_it_lacks(self) -> None:
        def need(name: str, value: Any) -> Callable[[Dict[str, Any]], None]:
            def change(manifest: Dict[str, Any]) -> None:
                manifest["hardware"][name] = value

            return change

        cpu = {"model": "Tomorrow", "required": [], "disabled": []}
        for change, reason in (
            (need("machine", "pc-i440fx-99.0"), "machine type pc-i440fx-99.0"),
            (need("cpu", cpu), "CPU model Tomorrow"),
            (need("qemu_version", "99.1.0"), "QEMU 99.1 or newer"),
            (need("vcpus", 7), "no flavor here has 7 vCPUs"),
        ):
            other = self.package(change)
            self.assert_refused(409, lambda: self.restore(other), reason)
