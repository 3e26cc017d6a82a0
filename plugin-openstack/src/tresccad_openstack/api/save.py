"""What is checked and written down before a compute node is asked to save."""

from typing import Any, Dict, Optional

from nova import objects
from nova.compute import api as compute_api
from nova.compute import vm_states
from nova.compute import utils as compute_utils
from oslo_utils import excutils

from tresccad_openstack import names
from tresccad_openstack.api import groups, movable
from tresccad_openstack.compute import describe, rpc
from tresccad_openstack.domainxml import CannotCarry


class API(compute_api.API):
    """Nova's compute API with one verb more."""

    def __init__(self) -> None:
        super().__init__()
        self._nodes = rpc.ComputeAPI()

    @compute_api.check_instance_lock
    @compute_api.check_instance_state(vm_state=[vm_states.ACTIVE, vm_states.PAUSED])
    def save(self, context: Any, instance: Any, destination: Optional[str] = None) -> str:
        """Returns the id of the image that becomes the package, addressed to that tresccad host if
        one is named. Raises CannotCarry."""
        self._check(context, instance)
        properties: Dict[str, str] = {
            names.PACKAGE: "1",
            names.LINEAGE: describe.lineage_of(instance.uuid, instance.system_metadata),
            names.EPOCH: str(describe.epoch_of(instance.system_metadata)),
            names.SECURITY_GROUPS: groups.of(context, instance.uuid),
        }
        if destination is not None:
            properties[names.DESTINATION] = destination
        image = self.image_api.create(
            context,
            {
                "name": instance.display_name,
                "disk_format": "raw",
                "container_format": "bare",
                "is_public": False,
                "owner": context.project_id,
                "properties": properties,
            },
        )
        image_id = str(image["id"])
        try:
            self._begin(context, instance, image_id)
        except Exception:
            with excutils.save_and_reraise_exception():
                compute_utils.delete_image(context, instance, self.image_api, image_id)
        return image_id

    def _begin(self, context: Any, instance: Any, image_id: str) -> None:
        instance.system_metadata[names.SAVING] = image_id
        instance.system_metadata.pop(names.TAKEN_BACK, None)
        instance.task_state = names.TASK_STATE
        instance.save(expected_task_state=[None])
        try:
            self._record_action_start(context, instance, names.SAVE_ACTION)
            self._nodes.save(context, instance, image_id)
        except Exception:
            with excutils.save_and_reraise_exception():
                # Should the node have been asked all the same, it finds that this is over.
                del instance.system_metadata[names.SAVING]
                instance.task_state = None
                instance.save()

    def _check(self, context: Any, instance: Any) -> None:
        node = self.placementclient.get_provider_by_name(context, instance.node)
        traits = self.placementclient.get_provider_traits(context, node["uuid"]).traits
        if names.TRAIT not in traits:
            # It would drop the request, and the server would be busy for ever.
            raise CannotCarry(f"its compute node does not have tresccad's driver ({names.TRAIT})")
        bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(context, instance.uuid)
        requests = instance.pci_requests.requests if "pci_requests" in instance else []
        reason = movable.refusal(instance, any(bdm.is_volume for bdm in bdms), bool(requests))
        if reason is not None:
            raise CannotCarry(reason)
