"""What is durable of a save: on its compute node, and in Nova's database."""

from pathlib import Path
from typing import Any, Optional

from nova import exception
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from tresccad_openstack import names
from tresccad_openstack.compute import describe
from tresccad_openstack.compute.handover import Epoch
from tresccad_openstack.compute.register import Glance

LOG = logging.getLogger(__name__)

# Below an instance's directory while it is saved; found there after a crash.
WORK = "tresccad-save"
TICKET = "handover.json"
SNAPSHOT = "snapshot"
# Beside the ticket: that the withdrawal may be on its way, and that it stands.
ASKED = "asked"
WITHDRAWN = "withdrawn"


class Undecided(exception.NovaException):
    """The guest is frozen for a package, and may have to go."""

    msg_fmt = "It is being saved, and whether it stays is not decided yet"


def work_of(instance: Any) -> Path:
    return Path(libvirt_utils.get_instance_path(instance)) / WORK


def refuse_undecided(instance: Any) -> None:
    """Before CPUs of a guest may run by another way than a thaw, or its memory be lost. Raises
    Undecided."""
    if (work_of(instance) / TICKET).exists():
        raise Undecided()


def epoch_being_saved(instance: Any) -> Optional[Epoch]:
    """As Nova's database knows it. None when it was not frozen, or is taken back already."""
    kept = instance.system_metadata
    nonce = kept.get(names.SAVING_NONCE)
    if nonce is None:
        return None
    return Epoch(describe.lineage_of(instance.uuid, kept), describe.epoch_of(kept), nonce)


def use_up(instance: Any, epoch: Epoch) -> None:
    """The next save's is another, withdrawn or not; saved later."""
    instance.system_metadata[names.LINEAGE] = epoch.lineage
    instance.system_metadata[names.EPOCH] = str(epoch.number)
    instance.system_metadata.pop(names.SAVING_NONCE, None)


def forget(instance: Any) -> None:
    """Its server is as any other again; saved later."""
    instance.system_metadata.pop(names.SAVING, None)
    instance.system_metadata.pop(names.SAVING_NONCE, None)


def drop(glance: Glance, image_id: str) -> None:
    """A package that was completed although nobody may run it stays: it could be somebody's who
    has not been asked. Raises CannotAsk."""
    if glance.is_complete(image_id):
        LOG.warning("Image %s is complete, and stays", image_id)
    else:
        glance.delete(image_id)
