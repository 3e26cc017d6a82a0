"""How a save ends that did not simply succeed: the guest is taken back, or has gone.

The register decides. Before a guest resumes, its epoch is withdrawn there; while nothing is known
it stays frozen, and is asked for again, also after a restart of nova-compute or of the host.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import libvirt
import nova.conf
from nova import context as nova_context
from nova import exception, objects
from nova.compute import task_states
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from tresccad_openstack import names, saveimage
from tresccad_openstack.compute import handover
from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.driver import patience
from tresccad_openstack.driver.ticket import Ticket, durably

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

# Below an instance's directory while it is saved; found there after a crash.
WORK = "tresccad-save"
TICKET = "handover.json"
_ASKED = "asked"
_WITHDRAWN = "withdrawn"
_SNAPSHOT = "snapshot"


class Undecided(exception.NovaException):
    """The guest is frozen for a package, and may have to go."""

    msg_fmt = "It is being saved, and whether it stays is not decided yet"


def refuse_undecided(instance: Any) -> None:
    """Before CPUs of a guest may run by another way than this module's. Raises Undecided."""
    if (Path(libvirt_utils.get_instance_path(instance)) / WORK / TICKET).exists():
        raise Undecided()


def saved_no_more(instance: Any) -> None:
    """Its server is as any other again."""
    instance.system_metadata.pop(names.SAVING, None)
    instance.task_state = None
    instance.save()


class TakeBack:
    def __init__(self, manager: Any, driver: Any) -> None:
        self._manager = manager
        self._driver = driver

    def end(self, context: Any, instance: Any, work: Path) -> bool:
        """Returns when it is decided and done: true when the guest is as it was, false when the
        package is the instance, which has still to leave."""
        return patience.ask(
            "Its save failed, and whether it may run on is asked",
            instance,
            partial(self._end, context, instance, work),
            also=(handover.Unreadable,),
        )

    def leave(self, context: Any, instance: Any) -> None:
        """The instance goes, its package stays. A start after a crash goes on with it: Nova does,
        with every server that was being deleted."""
        instance.system_metadata.pop(names.SAVING, None)
        instance.task_state = task_states.DELETING
        instance.save()
        bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(context, instance.uuid)
        self._manager.terminate_instance(context, instance, bdms)

    def recover(self) -> None:
        """After a start: what a crash left half saved is asked about until it is decided."""
        context = nova_context.get_admin_context()
        for ticket in Path(CONF.instances_path).glob(f"*/{WORK}/{TICKET}"):
            work = ticket.parent
            try:
                if not Ticket.read(ticket).is_ours:
                    continue
            except FileNotFoundError:
                # Another node's, which is done with it.
                continue
            try:
                instance = objects.Instance.get_by_uuid(
                    context, work.parent.name, expected_attrs=["system_metadata"]
                )
            except exception.InstanceNotFound:
                # Its directory is Nova's to clean up.
                continue
            if instance.task_state == task_states.DELETING:
                continue
            patience.in_background(
                "A save was interrupted", instance, partial(self._recover, context, instance, work)
            )
        for instance in objects.InstanceList.get_by_host(
            context, self._manager.host, expected_attrs=["system_metadata"]
        ):
            work = Path(libvirt_utils.get_instance_path(instance)) / WORK
            if names.SAVING in instance.system_metadata and not (work / TICKET).exists():
                self._forget(context, instance, work)

    def _forget(self, context: Any, instance: Any, work: Path) -> None:
        """It had not been frozen, or was already resumed."""
        image_id = instance.system_metadata[names.SAVING]
        shutil.rmtree(work, ignore_errors=True)
        saved_no_more(instance)
        self._tell(context, instance)
        delete = partial(Glance(instance.project_id).delete, image_id)
        patience.in_background("A save did not begin", instance, delete)

    def _tell(self, context: Any, instance: Any) -> None:
        """So ends the action's event. Nova takes the last action: the request is not known."""
        event = objects.InstanceActionEvent
        begin = partial(event.event_start, context, instance.uuid, names.SAVE_EVENT)
        end = partial(event.event_finish_with_failure, context, instance.uuid, names.SAVE_EVENT)
        reason = "nova-compute ended while it saved; the guest is as it was"
        try:
            try:
                end(exc_val=reason, exc_tb="")
            except exception.InstanceActionEventNotFound:
                begin(host=self._manager.host)
                end(exc_val=reason, exc_tb="")
        except exception.NovaException:
            LOG.exception("Why its save ended could not be written down", instance=instance)

    def _recover(self, context: Any, instance: Any, work: Path) -> None:
        if self._end(None, instance, work):
            LOG.info("Its save was interrupted, the guest runs on", instance=instance)
            self._tell(context, instance)
        else:
            LOG.info("It had been saved", instance=instance)
            self.leave(context, instance)

    def _end(self, context: Any, instance: Any, work: Path) -> bool:
        """As end(). Raises CannotAsk, Unreadable while nothing is known."""
        ticket = Ticket.read(work / TICKET)
        glance = Glance(ticket.owner, context)
        if not (work / _WITHDRAWN).exists():
            withdrawal = handover.take_back(
                glance,
                ticket.epoch,
                partial(glance.is_complete, ticket.image_id),
                (work / _ASKED).exists(),
                partial(durably, work / _ASKED, ""),
            )
            if withdrawal is None:
                return False
            durably(work / _WITHDRAWN, withdrawal.record_id)
        # Withdrawn or not, it is used up.
        instance.system_metadata[names.LINEAGE] = ticket.epoch.lineage
        instance.system_metadata[names.EPOCH] = str(ticket.epoch.number)
        instance.save()
        self._thaw(instance, work / _SNAPSHOT, ticket.was_running)
        self._settle(instance, work)
        try:
            glance.delete(ticket.image_id)
        except CannotAsk as error:
            LOG.warning("Image %s stays behind: %s", ticket.image_id, error, instance=instance)
        return True

    def _settle(self, instance: Any, work: Path) -> None:
        shutil.rmtree(work)
        saved_no_more(instance)

    def _thaw(self, instance: Any, memory: Path, was_running: bool) -> None:
        """The guest as it was. One that lost its QEMU meanwhile gets its memory back, once; where
        that was not complete yet, it is shut off, and Nova's own synchronization says so."""
        domain = self._driver._host.get_guest(instance)._domain
        if not domain.isActive() and _is_complete(memory):
            self._driver.plug_vifs(instance, instance.get_network_info())
            domain.connect().restoreFlags(str(memory), None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
        memory.unlink(missing_ok=True)
        if was_running and domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
            domain.resume()


def _is_complete(memory: Path) -> bool:
    try:
        saveimage.read(memory)
    except (saveimage.NotASaveImage, OSError):
        return False
    return True
