"""How far a restore is, as its compute node shows, and nova-compute killed at a certain point."""

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

from cloud.layout import CONTROLLER, NODES, Node
from cloud.proofs.case import Case
from cloud.services import service


class Arriving(Case):
    def arrival(self, node: Node, server: str) -> Path:
        return self.instances(node.name) / f"tresccad-arrival-{server}-{node.name}"

    def await_arrival(self, server: str) -> Node:
        """The node where it begins to arrive; at once, as it does not take long."""
        found: List[Node] = []

        def arrives() -> bool:
            found.extend(node for node in NODES if self.arrival(node, server).exists())
            return bool(found)

        self.await_at_once("it arrives", arrives)
        return found[0]

    def await_disk(self, server: str) -> Node:
        """The node where it has arrived and is not started yet."""
        node = self.await_arrival(server)
        arrival = self.arrival(node, server) / "disk"
        disk = self.instances(node.name) / server / "disk"
        self.await_at_once("its disk is there", lambda: disk.exists() and not arrival.exists())
        return node

    def kill_before_it_uses_its_claim(self, server: str) -> None:
        """nova-compute, which is started again; the server is in ERROR and its claim returned."""
        node = self.await_disk(server)
        # From here on Glance is asked for nothing but the claim.
        with self.glance_silent():
            self.await_that("it claims", lambda: self.is_claiming(node))
            self.running.stop(service(node.name, "nova-compute"), "KILL")
        self.running.start(service(node.name, "nova-compute"))
        self.await_that("it is told", lambda: not self.is_claiming(node))

    def is_claiming(self, node: Node) -> bool:
        """Whether something there is claimed, or may be, and the register not told how it went."""
        return any(self.instances(node.name).glob("tresccad-claim-*.json"))

    @contextmanager
    def glance_silent(self) -> Iterator[None]:
        """What Glance is asked meanwhile stays in its queue, and is answered afterwards."""
        pid = str(self.running.pid(service(CONTROLLER.name, "glance-api")))
        self.running.command(CONTROLLER, ["kill", "-STOP", pid])
        try:
            yield
        finally:
            self.running.command(CONTROLLER, ["kill", "-CONT", pid])
