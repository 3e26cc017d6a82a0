"""A server that is made anew while it was being saved: its node is lost and it is evacuated, or an
operator has it rebuilt. What began to save it learns from the server itself that this is over."""

import shutil
from functools import partial
from typing import Any, Callable, Optional

import nova.conf
from nova import exception, objects

from tresccad_openstack import names
from tresccad_openstack.compute import handover, patience
from tresccad_openstack.compute.handover import Decision, Epoch
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.driver import saving

CONF = nova.conf.CONF

# Then an evacuation fails, and may be asked for again.
_SECONDS = 300.0


class Saved(exception.NovaException):
    """The server must not start anew."""

    msg_fmt = "It had been saved: package %(image_id)s, which is to be restored, goes on with it"


def decide_before_boot(context: Any, instance: Any) -> None:
    """Its package is withdrawn, or is the instance. Raises Saved, CannotAsk, Unreadable."""
    found = objects.Instance.get_by_uuid(
        context.elevated(), instance.uuid, expected_attrs=["system_metadata"]
    )
    instance.system_metadata = found.system_metadata
    image_id = instance.system_metadata.get(names.SAVING)
    if image_id is None:
        return
    glance = Glance(instance.project_id, context)
    work = saving.work_of(instance)

    def note() -> None:
        instance.system_metadata[names.TAKEN_BACK] = CONF.host
        instance.save()

    epoch = saving.epoch_being_saved(instance)
    if epoch is not None:
        # Where nodes share their instances, there is what the other one noted.
        was_asked = names.TAKEN_BACK in instance.system_metadata or (work / saving.ASKED).exists()
        withdrawal = patience.ask(
            "It was being saved, and whether it may boot is asked",
            instance,
            partial(_take_back, glance, epoch, image_id, was_asked, note),
            seconds=_SECONDS,
        )
        if withdrawal is None:
            raise Saved(image_id=image_id)
        saving.use_up(instance, epoch)
    saving.forget(instance)
    note()
    shutil.rmtree(work, ignore_errors=True)
    patience.in_background("Its save is over", instance, partial(saving.drop, glance, image_id))


def _take_back(
    glance: Glance, epoch: Epoch, image_id: str, was_asked: bool, note: Callable[[], None]
) -> Optional[Decision]:
    # The node that is lost may have asked, and the package be complete all the same.
    stands = handover.look(glance, epoch)
    was_asked = was_asked or (stands is not None and stands.withdrawn)
    is_complete = partial(glance.is_complete, image_id)
    return handover.take_back(glance, epoch, is_complete, was_asked, note)
