"""How a save ends: the guest is taken back, or has gone.

The register decides. Before a guest resumes, its epoch is withdrawn there; while nothing is known
it stays frozen, and is asked for again, also after a restart of nova-compute or of the host.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import nova.conf
from nova import context as nova_context
from nova import exception, objects
from nova.compute import task_states, vm_states
from oslo_log import log as logging

from tresccad_openstack import names
from tresccad_openstack.compute import handover, patience
from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.driver import saving
from tresccad_openstack.driver.saving import ASKED, SNAPSHOT, TICKET, WITHDRAWN, WORK, work_of
from tresccad_openstack.driver.thaw import thaw
from tresccad_openstack.driver.ticket import Ticket, durably

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class _BeingRebuilt(Exception):
    """Nova makes the server anew, here or on another node."""


class TakeBack:
    def __init__(self, manager: Any, driver: Any) -> None:
        self._manager = manager
        self._driver = driver

    def end(self, context: Any, instance: Any, image_id: str) -> bool:
        """Returns when it is decided and done: true when the guest is as it was, false when the
        package is the instance, which has left, or when it is not this node's any more."""
        decide = partial(self._decide, context, instance, image_id)
        if patience.until_done(
            "It is frozen, and whether it may run on is asked", instance, decide
        ):
            return True
        # A start after a crash goes on with it: Nova does, with every server that was being
        # deleted.
        leave = partial(self._leave, context, instance)
        patience.until_done("It has been saved and is to leave", instance, leave)
        return False

    def not_begun(self, context: Any, instance: Any, image_id: str) -> None:
        """Its guest was not frozen."""
        clear = partial(self._clear, instance)
        patience.until_done("Its save did not begin", instance, clear)
        drop = partial(saving.drop, Glance(instance.project_id, context), image_id)
        patience.in_background("Its save did not begin", instance, drop)

    def recover(self) -> None:
        """After a start: what a crash left half saved is asked about until it is decided."""
        context = nova_context.get_admin_context()
        for instance in objects.InstanceList.get_by_host(
            context, CONF.host, expected_attrs=["system_metadata"]
        ):
            if names.SAVING in instance.system_metadata:
                self._without_ticket(context, instance)
        for path in Path(CONF.instances_path).glob(f"*/{WORK}/{TICKET}"):
            try:
                ticket = Ticket.read(path)
                if not ticket.is_ours:
                    continue
                instance = objects.Instance.get_by_uuid(
                    context, path.parent.parent.name, expected_attrs=["system_metadata"]
                )
            except FileNotFoundError:
                # Another node's, which is done with it.
                continue
            except exception.InstanceNotFound:
                # Its directory is Nova's to clean up.
                continue
            if instance.task_state == task_states.DELETING:
                continue
            patience.in_background(
                "A save was interrupted",
                instance,
                partial(self._recover, context, instance, ticket.image_id),
            )

    def _without_ticket(self, context: Any, instance: Any) -> None:
        """It had not been frozen, or was already resumed; or its directory was lost."""
        work = work_of(instance)
        if (work / TICKET).exists() or instance.task_state == task_states.DELETING:
            return
        image_id = instance.system_metadata[names.SAVING]
        epoch = saving.epoch_being_saved(instance)
        if epoch is None:
            patience.in_background(
                "A save did not begin",
                instance,
                partial(self._forget, context, instance, image_id),
            )
            return
        work.mkdir(parents=True, exist_ok=True)
        was_running = instance.vm_state != vm_states.PAUSED
        Ticket(instance.uuid, image_id, instance.project_id, epoch, was_running, "").write(
            work / TICKET
        )

    def _forget(self, context: Any, instance: Any, image_id: str) -> None:
        self.not_begun(None, instance, image_id)
        self._tell(context, instance)

    def _clear(self, instance: Any) -> None:
        if not _is_here(instance):
            return
        shutil.rmtree(work_of(instance), ignore_errors=True)
        before = instance.task_state
        saving.forget(instance)
        if before != task_states.DELETING:
            instance.task_state = None
        instance.save(expected_task_state=[before])

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
                begin(host=CONF.host)
                end(exc_val=reason, exc_tb="")
        except Exception:
            LOG.exception("Why its save ended could not be written down", instance=instance)

    def _recover(self, context: Any, instance: Any, image_id: str) -> None:
        if self.end(None, instance, image_id):
            LOG.info("Its save was interrupted, the guest runs on", instance=instance)
            self._tell(context, instance)
        else:
            LOG.info("It had been saved, or is not this node's any more", instance=instance)

    def _decide(self, context: Any, instance: Any, image_id: str) -> bool:
        """As end(). Raises whatever is in the way."""
        if not _is_here(instance) or instance.task_state == task_states.DELETING:
            drop = partial(saving.drop, Glance(instance.project_id, context), image_id)
            patience.in_background("Its save is over", instance, drop)
            return False
        work = work_of(instance)
        # Without a ticket the guest is taken back, and only its server does not say so yet.
        if (work / TICKET).exists() and not self._take_back(context, instance, work):
            return False
        self._clear(instance)
        return True

    def _take_back(self, context: Any, instance: Any, work: Path) -> bool:
        """Whether it is as it was; otherwise it has to leave."""
        ticket = Ticket.read(work / TICKET)
        glance = Glance(ticket.owner, context)
        if not (work / WITHDRAWN).exists():
            withdrawal = handover.take_back(
                glance,
                ticket.epoch,
                partial(glance.is_complete, ticket.image_id),
                (work / ASKED).exists(),
                partial(durably, work / ASKED, ""),
            )
            if withdrawal is None:
                return False
            durably(work / WITHDRAWN, withdrawal.record_id)
        saving.use_up(instance, ticket.epoch)
        # Not if Nova has begun meanwhile to make it anew.
        instance.save(expected_task_state=[instance.task_state])
        thaw(self._driver, instance, work / SNAPSHOT, ticket.was_running)
        try:
            glance.delete(ticket.image_id)
        except CannotAsk as error:
            LOG.warning("Image %s stays behind: %s", ticket.image_id, error, instance=instance)
        return True

    def _leave(self, context: Any, instance: Any) -> None:
        """The instance goes, its package stays."""
        if not _is_here(instance):
            return
        before = instance.task_state
        if before != task_states.DELETING:
            saving.forget(instance)
            instance.task_state = task_states.DELETING
            instance.save(expected_task_state=[before])
        admin = nova_context.get_admin_context() if context is None else context
        bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(admin, instance.uuid)
        self._manager.terminate_instance(admin, instance, bdms)


def _is_here(instance: Any) -> bool:
    """Whether it is there and this node's still, as Nova has it now. Raises _BeingRebuilt."""
    try:
        instance.refresh()
    except exception.InstanceNotFound:
        return False
    if instance.host != CONF.host or names.TAKEN_BACK in instance.system_metadata:
        return False
    if instance.task_state in task_states.rebuild_states:
        raise _BeingRebuilt(f"it is {instance.task_state}")
    return True
