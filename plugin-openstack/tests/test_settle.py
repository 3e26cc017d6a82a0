"""What a start of nova-compute does with arrivals that a crash interrupted."""

import logging
import unittest
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Callable, List
from unittest import mock

import libvirt
from nova import exception

from tests.test_handover import EPOCH, LINEAGE
from tests.test_takeback import Domain
from tresccad_openstack.driver import settle
from tresccad_openstack.driver.ticket import Ticket

OTHER = "22222222-0000-4000-8000-000000000002"


class Interrupted(unittest.TestCase):
    def setUp(self) -> None:
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.domains = {LINEAGE: Domain(), OTHER: Domain()}
        self.instances = {uuid: self.instance() for uuid in self.domains}
        self.background: List[Callable[[], None]] = []
        self.told: List[str] = []
        self.ports = mock.Mock()
        objects = mock.Mock()
        objects.Instance.get_by_uuid = self.find
        self.tickets = tickets = [
            Ticket(uuid, "image", "project", EPOCH, True, "now", claimant=uuid, started=True)
            for uuid in self.domains
        ]
        for what, instead in (
            ("settle.ticket.of_arrivals", lambda: tickets),
            ("settle.left_here", lambda: []),
            ("settle.objects", objects),
            ("settle.ports", self.ports),
            ("settle.recorded", lambda instance, found: instance.metadata.clear()),
            ("settle._tell", lambda found: self.told.append(found.claimant)),
            (
                "settle.patience.in_background",
                lambda what, instance, task: self.background.append(task),
            ),
        ):
            patched = mock.patch(f"tresccad_openstack.driver.{what}", instead)
            patched.start()
            self.addCleanup(patched.stop)

    def instance(self) -> Any:
        metadata = {"tresccad_restore": "image"}
        return SimpleNamespace(vm_state="building", metadata=metadata, save=lambda: None)

    def find(self, context: Any, uuid: str, expected_attrs: Any = None) -> Any:
        if uuid not in self.instances:
            raise exception.InstanceNotFound(instance_id=uuid)
        return self.instances[uuid]

    def lookupByUUIDString(self, uuid: str) -> Domain:
        return self.domains[uuid]

    def test_a_guest_that_libvirt_does_not_let_go_on_stops_no_other_and_is_tried_again(
        self,
    ) -> None:
        self.domains[LINEAGE].busy = 1
        settle.settle_interrupted(self)
        self.assertEqual(self.domains[OTHER].now, libvirt.VIR_DOMAIN_RUNNING)
        self.assertEqual(self.domains[LINEAGE].now, libvirt.VIR_DOMAIN_PAUSED)
        # Nova's own start comes next.
        self.instances[LINEAGE].vm_state = "error"
        while self.background:
            self.background.pop()()
        self.assertEqual(self.domains[LINEAGE].now, libvirt.VIR_DOMAIN_RUNNING)
        self.assertEqual(self.instances[LINEAGE].vm_state, "active")
        self.assertEqual(sorted(self.told), sorted(self.domains))

    def test_ports_of_a_server_that_did_not_start_go_with_it_before_its_claim_is_returned(
        self,
    ) -> None:
        self.tickets[:] = [replace(self.tickets[0], started=False)]
        instance = self.instances[LINEAGE]
        self.ports.give = lambda given: self.told.append(str(given is instance))
        with mock.patch("tresccad_openstack.driver.settle._discard"):
            settle.settle_interrupted(self)
        self.background.pop()()
        del self.instances[LINEAGE]
        settle._return(None, self.tickets[0])
        self.assertEqual(self.told, ["True", LINEAGE, LINEAGE])

    def test_a_server_that_went_on_long_ago_is_not_touched(self) -> None:
        self.instances[OTHER].vm_state, self.instances[OTHER].metadata = "error", {}
        settle.settle_interrupted(self)
        self.assertEqual(self.instances[OTHER].vm_state, "error")


if __name__ == "__main__":
    unittest.main()
