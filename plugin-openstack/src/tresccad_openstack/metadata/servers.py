"""Servers of Nova's, for their guests."""

from datetime import datetime
from typing import Any, Optional

from nova import context as nova_context
from nova import exception
from nova.api.openstack import common
from nova.compute import api as compute_api
from oslo_log import log as logging

from tresccad_openstack import names
from tresccad_openstack.api import save
from tresccad_openstack.compute import rpc
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.metadata import record, service
from tresccad_openstack.metadata.answers import Refused
from tresccad_openstack.metadata.views import Failure, Server

LOG = logging.getLogger(__name__)
# For the answer's way to the guest, through the proxy: nobody can see whether it has arrived.
_ANSWER_SECONDS = 2.0


class NovaServers:
    """Implements guest_api.Servers."""

    def __init__(self) -> None:
        self._api = compute_api.API()

    def get(self, server_id: str) -> Server:
        instance = self._instance(nova_context.get_admin_context(), server_id)
        return Server(
            instance.uuid,
            instance.display_name or "",
            common.status_from_state(instance.vm_state, instance.task_state),
            instance.task_state,
            instance.availability_zone or "",
            instance.created_at,
            dict(instance.metadata),
            dict(instance.system_metadata),
            _failure(instance),
        )

    def save(self, server_id: str, destination: str, at: datetime, most: int) -> str:
        admin = nova_context.get_admin_context()
        context = service.context(self._instance(admin, server_id).project_id)
        instance = self._instance(context, server_id, "pci_requests")
        try:
            return _GuestsSave(destination, at, most).save(context, instance, destination)
        except (exception.InstanceInvalidState, exception.UnexpectedTaskStateError):
            raise Refused(409, "The server is in a state that cannot be moved.") from None
        except exception.InstanceIsLocked:
            raise Refused(409, "The server is locked.") from None
        except CannotCarry as error:
            raise Refused(409, f"The server cannot be moved: {error}.") from None

    def _instance(self, context: Any, server_id: str, *more: str) -> Any:
        """Raises Refused."""
        attributes = ["flavor", "metadata", "system_metadata", *more]
        try:
            return self._api.get(context, server_id, expected_attrs=attributes)
        except exception.InstanceNotFound:
            raise Refused(404, "There is no such server.") from None


class _GuestsSave(save.API):
    """A save as its owner has it, but known to be the guest's wish, and a little later."""

    def __init__(self, destination: str, at: datetime, most: int) -> None:
        super().__init__()
        self._nodes: Any = _Later(rpc.ComputeAPI(), destination, at, most)

    def _record_action_start(self, context: Any, instance: Any, action: str) -> None:
        """Who asked is the action's name: its user is the plugin's own."""
        super()._record_action_start(context, instance, names.GUEST_SAVE_ACTION)


class _Later:
    def __init__(self, nodes: rpc.ComputeAPI, destination: str, at: datetime, most: int) -> None:
        self._nodes = nodes
        self._destination = destination
        self._at = at
        self._most = most

    def save(self, context: Any, instance: Any, image_id: str) -> None:
        # Written down before the compute node has the server: it writes them too.
        asked = record.Asked(image_id, self._at, self._destination)
        record.note_asked(instance.system_metadata, asked, self._most)
        instance.save()
        LOG.info("Its guest asks for %s", self._destination, instance=instance)
        self._nodes.save_soon(context, instance, image_id, _ANSWER_SECONDS)


def _failure(instance: Any) -> Optional[Failure]:
    fault = instance.fault
    if fault is None or fault.created_at is None:
        return None
    return Failure(fault.message or "", fault.created_at)
