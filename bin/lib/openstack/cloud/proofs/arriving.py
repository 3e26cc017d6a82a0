"""How far a restore is, as its compute node shows, and nova-compute killed at a certain point."""

from pathlib import Path
from typing import Callable, List

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

    def await_at_once(self, what: str, holds: Callable[[], bool]) -> None:
        """As await_that, for what does not last."""
        self.running.wait_for(what, holds, seconds=300, pause=0.02)

    def kill_before_it_uses_its_claim(self, server: str) -> None:
        """nova-compute, which is started again; the server is in ERROR and its claim returned."""
        node = self.await_arrival(server)
        arrival = self.arrival(node, server) / "disk"
        disk = self.instances(node.name) / server / "disk"
        self.await_at_once("its disk is there", lambda: disk.exists() and not arrival.exists())
        # From here on Glance is asked for nothing but the claim, and that stays in its queue.
        glance = service(CONTROLLER.name, "glance-api")
        pid = str(self.running.pid(glance))
        self.running.command(CONTROLLER, ["kill", "-STOP", pid])
        try:
            tickets = self.instances(node.name)
            self.await_that("it claims", lambda: any(tickets.glob("tresccad-claim-*.json")))
            self.running.stop(service(node.name, "nova-compute"), "KILL")
        finally:
            self.running.command(CONTROLLER, ["kill", "-CONT", pid])
        self.running.start(service(node.name, "nova-compute"))
        self.await_that("it is told", lambda: not any(tickets.glob("tresccad-claim-*.json")))
