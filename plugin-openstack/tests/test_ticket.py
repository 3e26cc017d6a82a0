"""What a compute node finds of its own, where several share a directory of instances."""

import json
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import List

import nova.conf

from tresccad_openstack.compute.handover import Epoch
from tresccad_openstack.driver import restore, ticket
from tresccad_openstack.driver.ticket import Ticket

CONF = nova.conf.CONF
SERVER = "3f0c5f0e-6f6c-4a53-9d0a-0d1f0a6f8a11"
EPOCH = Epoch(SERVER, 7, "6b1c9d1e-3c4f-4a53-9d0a-0d1f0a6f8a11")


class Tickets(unittest.TestCase):
    def setUp(self) -> None:
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        CONF.set_override("instances_path", directory.name)
        self.addCleanup(CONF.clear_override, "instances_path")
        self.addCleanup(CONF.clear_override, "host")

    def on(self, host: str) -> None:
        CONF.set_override("host", host)

    def arrive(self, claimant: str) -> Ticket:
        made = Ticket(SERVER, "image", "project", EPOCH, True, "now", claimant=claimant)
        made.write(made.of_arrival())
        return made

    def found(self) -> List[str]:
        return sorted(str(each.claimant) for each in ticket.of_arrivals())

    def test_a_node_finds_the_tickets_that_it_wrote(self) -> None:
        self.on("one")
        written = self.arrive("first")
        self.on("other")
        self.arrive("second")
        self.assertEqual(self.found(), ["second"])
        self.on("one")
        self.assertEqual(list(ticket.of_arrivals()), [written])

    def test_a_ticket_that_names_no_host_is_this_node_s(self) -> None:
        self.on("one")
        path = self.arrive("first").of_arrival()
        values = json.loads(path.read_text())
        del values["host"]
        path.write_text(json.dumps(values))
        self.on("other")
        self.assertEqual(self.found(), ["first"])

    def test_a_node_finds_the_arrivals_that_it_began(self) -> None:
        for host in ("one", "a-one", "one-a"):
            (self.directory / f"tresccad-arrival-{SERVER}-{host}").mkdir()
        self.on("one")
        (found,) = restore.left_here()
        self.assertEqual(found, (SERVER, self.directory / f"tresccad-arrival-{SERVER}-one"))

    def test_what_is_finished_has_its_name_and_what_is_removed_has_none(self) -> None:
        written = self.directory / "memory.new"
        written.write_bytes(b"memory")
        ticket.finish(written, self.directory / "memory")
        self.assertEqual((self.directory / "memory").read_bytes(), b"memory")
        self.assertFalse(written.exists())
        ticket.remove(self.directory / "memory")
        ticket.remove(self.directory / "memory")
        self.assertEqual(list(self.directory.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
