"""How a save ends on its compute node: with Nova, libvirt and Glance as far as they are asked."""

import logging
import unittest
from tempfile import TemporaryDirectory
from typing import Any, Callable, Dict, List, Mapping, Optional
from unittest import mock

import libvirt
import nova.conf
from nova import exception
from nova.compute import task_states

from tests.test_handover import EPOCH, LINEAGE, NONCE, Images
from tests.test_saveimage import image
from tresccad_openstack import names
from tresccad_openstack.compute import handover
from tresccad_openstack.driver import evacuate, saving
from tresccad_openstack.driver.saving import SNAPSHOT, TICKET, work_of
from tresccad_openstack.driver.takeback import TakeBack
from tresccad_openstack.driver.ticket import Ticket

CONF = nova.conf.CONF
PACKAGE = "package"


class Glance(Images):
    """Packages beside the records."""

    def __init__(self) -> None:
        super().__init__()
        self.complete = False
        self.dropped: List[str] = []

    def is_complete(self, image_id: str) -> bool:
        return self.complete

    def delete(self, image_id: str) -> None:
        self.dropped.append(image_id)


class Server:
    """An instance of Nova's and the row of it in the database."""

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.project_id = "project"
        self.vm_state = "active"
        self.task_state: Optional[str] = names.TASK_STATE
        self.host = str(CONF.host)
        self.system_metadata = {
            names.SAVING: PACKAGE,
            names.SAVING_NONCE: NONCE,
            names.LINEAGE: LINEAGE,
            names.EPOCH: "6",
        }
        self._context = None
        self.row: Dict[str, Any] = {}
        self.is_gone = False
        self.failures = 0
        self._write()

    def _write(self) -> None:
        self.row = {
            "host": self.host,
            "task_state": self.task_state,
            "system_metadata": dict(self.system_metadata),
        }

    def refresh(self) -> None:
        if self.failures:
            self.failures -= 1
            raise TimeoutError("no conductor")
        if self.is_gone:
            raise exception.InstanceNotFound(instance_id=self.uuid)
        self.host, self.task_state = self.row["host"], self.row["task_state"]
        self.system_metadata = dict(self.row["system_metadata"])

    def save(self, expected_task_state: Optional[List[Optional[str]]] = None) -> None:
        if expected_task_state is not None and self.row["task_state"] not in expected_task_state:
            raise exception.UnexpectedTaskStateError(
                instance_uuid=self.uuid, expected={}, actual=self.row["task_state"]
            )
        self._write()

    def get_network_info(self) -> List[Any]:
        return []

    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


class Domain:
    def __init__(self) -> None:
        self.now: int = libvirt.VIR_DOMAIN_PAUSED
        self.busy = 0

    def isActive(self) -> bool:
        return bool(self.now != libvirt.VIR_DOMAIN_SHUTOFF)

    def state(self) -> List[int]:
        return [self.now, 0]

    def resume(self) -> None:
        if self.busy:
            self.busy -= 1
            raise libvirt.libvirtError("cannot acquire state change lock")
        self.now = libvirt.VIR_DOMAIN_RUNNING


class Node:
    """The driver, Nova's manager, and libvirt's connection."""

    def __init__(self) -> None:
        self._host = self
        self._domain: Any = Domain()
        self.defined: List[str] = []
        self.restores = True
        self.terminated = 0

    def get_guest(self, instance: Any) -> "Node":
        if self._domain is None:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return self

    def get_connection(self) -> "Node":
        return self

    def plug_vifs(self, instance: Any, network: Any) -> None:
        pass

    def defineXML(self, xml: str) -> None:
        self.defined.append(xml)
        self._domain = Domain()
        self._domain.now = libvirt.VIR_DOMAIN_SHUTOFF

    def restoreFlags(self, path: str, xml: Optional[str], flags: int) -> None:
        if not self.restores:
            raise libvirt.libvirtError("it is damaged")
        self._domain.now = libvirt.VIR_DOMAIN_PAUSED

    def terminate_instance(self, context: Any, instance: Server, bdms: Any) -> None:
        self.terminated += 1
        if self.terminated == 1:
            raise TimeoutError("no conductor")
        instance.is_gone = True


class Case(unittest.TestCase):
    def setUp(self) -> None:
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        CONF.set_override("instances_path", directory.name)
        self.addCleanup(CONF.clear_override, "instances_path")
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.glance, self.node = Glance(), Node()
        self.objects = mock.Mock()
        self.faults: List[Exception] = []
        self.on_pause: Callable[[], None] = lambda: None
        for what, instead in (
            ("takeback.Glance", lambda owner, context: self.glance),
            ("evacuate.Glance", lambda owner, context: self.glance),
            ("takeback.objects", self.objects),
            ("evacuate.objects", self.objects),
            ("takeback.patience.time.sleep", lambda seconds: self.on_pause()),
            ("takeback.patience.in_background", lambda what, instance, task: task()),
            ("thaw._RESTORE_SECONDS", 0.0),
            ("thaw.compute_utils.add_instance_fault_from_exc", self.note_fault),
        ):
            patched = mock.patch(f"tresccad_openstack.driver.{what}", instead)
            patched.start()
            self.addCleanup(patched.stop)
        self.server = Server(LINEAGE)
        self.work = work_of(self.server)
        self.work.mkdir(parents=True)
        Ticket(LINEAGE, PACKAGE, "project", EPOCH, True, "now").write(self.work / TICKET)

    def note_fault(self, context: Any, instance: Any, fault: Exception) -> None:
        self.faults.append(fault)

    @property
    def verdict(self) -> Optional[Mapping[str, Any]]:
        return self.glance.get(EPOCH.record_id(0))

    def write_memory(self) -> None:
        (self.work / SNAPSHOT).write_bytes(image())


class Ends(Case):
    def end(self) -> bool:
        return TakeBack(self.node, self.node).end(None, self.server, PACKAGE)

    def assert_runs(self) -> None:
        self.assertEqual(self.node._domain.now, libvirt.VIR_DOMAIN_RUNNING)
        self.assertIsNotNone(self.verdict)
        self.assertFalse(self.work.exists())
        self.assertIsNone(self.server.row["task_state"])
        self.assertEqual(
            self.server.row["system_metadata"], {names.LINEAGE: LINEAGE, names.EPOCH: "7"}
        )

    def test_one_whose_package_is_not_complete_is_withdrawn_and_goes_on(self) -> None:
        self.assertTrue(self.end())
        self.assert_runs()
        self.assertEqual(self.glance.dropped, [PACKAGE])

    def test_while_nova_s_database_does_not_answer_it_is_asked_again(self) -> None:
        self.server.failures = 3
        self.assertTrue(self.end())
        self.assert_runs()

    def test_while_libvirt_still_writes_its_memory_it_is_resumed_again(self) -> None:
        self.node._domain.busy = 3
        self.assertTrue(self.end())
        self.assert_runs()

    def test_one_whose_package_is_complete_leaves_also_when_that_fails_at_first(self) -> None:
        self.glance.complete = True
        self.assertFalse(self.end())
        self.assertEqual((self.node.terminated, self.verdict), (2, None))
        self.assertEqual(self.node._domain.now, libvirt.VIR_DOMAIN_PAUSED)

    def test_one_that_may_be_withdrawn_does_not_leave(self) -> None:
        self.glance.complete = True
        (self.work / "asked").touch()
        self.assertTrue(self.end())
        self.assert_runs()
        self.assertEqual(self.node.terminated, 0)

    def test_one_that_was_deleted_meanwhile_is_gone_and_so_is_what_was_uploaded(self) -> None:
        self.server.is_gone = True
        self.assertFalse(self.end())
        self.assertEqual((self.glance.dropped, self.verdict), ([PACKAGE], None))

    def test_one_that_another_node_has_now_is_left_alone(self) -> None:
        for field, value in (
            ("host", "elsewhere"),
            ("system_metadata", {names.TAKEN_BACK: "elsewhere"}),
        ):
            with self.subTest(field):
                before, self.server.row[field] = self.server.row[field], value
                self.assertFalse(self.end())
                self.assertEqual((self.node.terminated, self.verdict), (0, None))
                self.assertEqual(self.node._domain.now, libvirt.VIR_DOMAIN_PAUSED)
                self.assertTrue((self.work / TICKET).exists())
                self.server.row[field] = before

    def test_one_that_nova_is_making_anew_waits_for_what_comes_of_that(self) -> None:
        self.server.row["task_state"] = task_states.REBUILD_SPAWNING

        def evacuated() -> None:
            self.assertIsNone(self.verdict)
            self.server.row["host"] = "elsewhere"

        self.on_pause = evacuated
        self.assertFalse(self.end())
        self.assertEqual(self.node._domain.now, libvirt.VIR_DOMAIN_PAUSED)

    def test_one_that_lost_its_qemu_gets_its_memory_back(self) -> None:
        self.write_memory()
        self.node._domain.now = libvirt.VIR_DOMAIN_SHUTOFF
        self.assertTrue(self.end())
        self.assert_runs()
        self.assertEqual(self.node.defined, [])

    def test_one_that_lost_its_domain_gets_it_back_with_its_memory(self) -> None:
        self.write_memory()
        self.node._domain = None
        self.assertTrue(self.end())
        self.assert_runs()
        self.assertEqual(len(self.node.defined), 1)

    def test_memory_that_was_not_complete_is_not_used(self) -> None:
        (self.work / (SNAPSHOT + ".new")).write_bytes(image())
        self.node._domain = None
        self.assertTrue(self.end())
        self.assertEqual(self.node.defined, [])
        self.assertFalse(self.work.exists())

    def test_memory_that_cannot_be_restored_is_set_aside_and_the_server_may_boot(self) -> None:
        self.write_memory()
        self.node._domain.now = libvirt.VIR_DOMAIN_SHUTOFF
        self.node.restores = False
        self.assertTrue(self.end())
        self.assertEqual(self.node._domain.now, libvirt.VIR_DOMAIN_SHUTOFF)
        self.assertTrue((self.work.parent / "tresccad-memory").exists())
        saving.refuse_undecided(self.server)
        (fault,) = self.faults
        self.assertIn("it is damaged", str(fault))


class Evacuated(Case):
    """The other node: what it does before it boots the server."""

    def setUp(self) -> None:
        super().setUp()
        self.server.row["task_state"] = task_states.REBUILD_SPAWNING

    def decide_before_boot(self) -> None:
        found = mock.Mock(system_metadata=dict(self.server.row["system_metadata"]))
        self.objects.Instance.get_by_uuid.return_value = found
        evacuate.decide_before_boot(mock.Mock(), self.server)

    def assert_boots(self) -> None:
        self.decide_before_boot()
        saving.refuse_undecided(self.server)
        found = self.server.row["system_metadata"]
        self.assertEqual(found[names.TAKEN_BACK], CONF.host)
        self.assertNotIn(names.SAVING, found)
        self.assertNotIn(names.SAVING_NONCE, found)

    def test_one_whose_package_is_not_complete_is_withdrawn_and_boots(self) -> None:
        self.assert_boots()
        self.assertEqual((self.verdict or {})[names.VERDICT], "withdrawn")
        self.assertEqual(self.server.row["system_metadata"][names.EPOCH], "7")
        self.assertEqual(self.glance.dropped, [PACKAGE])

    def test_one_whose_package_is_complete_does_not_boot(self) -> None:
        self.glance.complete = True
        with self.assertRaisesRegex(evacuate.Saved, PACKAGE):
            self.decide_before_boot()
        self.assertIsNone(self.verdict)
        self.assertIn(names.SAVING, self.server.row["system_metadata"])

    def test_one_that_may_be_withdrawn_already_is(self) -> None:
        self.glance.complete = True
        self.server.row["system_metadata"][names.TAKEN_BACK] = "elsewhere"
        self.assert_boots()
        self.assertIsNotNone(self.verdict)
        self.assertEqual(self.glance.dropped, [])

    def test_one_that_the_lost_node_withdrew_boots(self) -> None:
        handover.decide(self.glance, EPOCH, None)
        self.glance.complete = True
        self.assert_boots()

    def test_one_that_was_not_frozen_yet_boots_and_nothing_is_asked(self) -> None:
        del self.server.row["system_metadata"][names.SAVING_NONCE]
        self.assert_boots()
        self.assertIsNone(self.verdict)

    def test_from_before_it_is_withdrawn_who_saved_it_is_done_with_it(self) -> None:
        self.glance.answers_get_lost = True

        def back() -> None:
            self.server.row["task_state"] = None
            self.assertFalse(TakeBack(self.node, self.node).end(None, self.server, PACKAGE))
            self.glance.answers_get_lost = False

        self.on_pause = back
        self.assert_boots()
        self.assertEqual(self.node.terminated, 0)


if __name__ == "__main__":
    unittest.main()
