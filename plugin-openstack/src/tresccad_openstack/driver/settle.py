"""What is still to be said and done about arrivals, when they are over or a crash ended them.

A ticket lies on the node from before the claim until the register knows how it went: the guest
runs, or the claim is given back.
"""

import shutil
from datetime import datetime, timezone
from functools import partial
from typing import Any, Optional

import libvirt
from nova import context as nova_context
from nova import exception, objects
from nova.compute import vm_states
from oslo_log import log as logging
from oslo_utils import timeutils

from tresccad_openstack import names
from tresccad_openstack.compute import handover, patience
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.driver import ports, ticket
from tresccad_openstack.driver.restore import left_here
from tresccad_openstack.driver.ticket import Ticket
from tresccad_openstack.metadata import record

LOG = logging.getLogger(__name__)


def tell(found: Ticket, instance: Any, context: Any = None) -> None:
    """The register is told how an arrival ended: at once, or in the background."""
    task = partial(_tell, found, context)
    what = f"Telling how package {found.image_id} arrived"
    try:
        task()
    except (handover.CannotAsk, handover.Unreadable) as error:
        LOG.warning("%s: not yet (%s)", what, error, instance=instance)
        patience.in_background(what, instance, partial(_tell, found))


def _tell(found: Ticket, context: Any = None) -> None:
    glance = Glance(found.owner, context)
    try:
        # A claim whose answer was lost may have been written, or may be still: after this it is.
        decision = handover.decide(glance, found.epoch, found.claimant)
        if decision.claimant == found.claimant:
            word = handover.say_running if found.started else handover.give_back
            word(glance, decision)
    except handover.Unreadable as error:
        # Who deletes records of the register cannot be told anything.
        LOG.warning("Package %s: %s", found.image_id, error)
    found.of_arrival().unlink(missing_ok=True)


def recorded(instance: Any, found: Ticket) -> None:
    """The instance goes on as any other: rebuilt or moved later it starts from its image. Its guest
    is told of how it came."""
    instance.metadata.pop(names.RESTORE, None)
    instance.system_metadata.pop(names.RESTORE, None)
    instance.system_metadata[names.LINEAGE] = found.epoch.lineage
    instance.system_metadata[names.EPOCH] = str(found.epoch.number)
    now = datetime.now(timezone.utc)
    instance.system_metadata.update(record.arrived(found, now))
    # Started anew, on any node, it does not need what its memory needed.
    ours = f"trait:{names.TRAIT}"
    specs = instance.flavor.extra_specs
    instance.flavor.extra_specs = {k: v for k, v in specs.items() if not k.startswith(ours)}
    instance.save()


def settle_interrupted(connection: Any) -> None:
    """After a start. Guests whose CPUs may have run are their instances, which Nova would make an
    ERROR of; of the others nothing is left, and the packages are as they were."""
    context = nova_context.get_admin_context()
    started = set()
    for found in ticket.of_arrivals():
        if found.started:
            started.add(found.instance_uuid)
            _go_on(context, connection, found)
            continue
        _discard(connection, found.instance_uuid)
        what = f"Telling how package {found.image_id} arrived"
        patience.in_background(what, None, partial(_return, context, found))
    for uuid, directory in left_here():
        if uuid not in started and not _discard(connection, uuid):
            continue
        LOG.info("A restore was interrupted: %s is removed", directory)
        shutil.rmtree(directory, ignore_errors=True)


def _return(context: Any, found: Ticket) -> None:
    """The server can only be deleted. Its ports go with it, and whoever has the package next, in
    whatever project, has their MAC."""
    try:
        ports.give(objects.Instance.get_by_uuid(context, found.instance_uuid))
    except (exception.InstanceNotFound, exception.InstanceInfoCacheNotFound):
        # So are its ports.
        LOG.info("Server %s is gone", found.instance_uuid)
    _tell(found)


def _discard(connection: Any, uuid: str) -> bool:
    """Whether libvirt has nothing of it any more."""
    try:
        domain = connection.lookupByUUIDString(uuid)
        if domain.isActive():
            domain.destroy()
        domain.undefine()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            LOG.exception("What a restore left of %s cannot be removed", uuid)
            return False
    return True


def _go_on(context: Any, connection: Any, found: Ticket) -> None:
    """One guest that libvirt does not let go on now is tried again, and stops no other."""
    tell_later = partial(patience.in_background, f"Telling how package {found.image_id} arrived")
    try:
        _adopt(context, connection, found)
    except Exception:
        LOG.exception("Server %s is to go on", found.instance_uuid)

        def adopt() -> None:
            _adopt(context, connection, found)
            tell_later(None, partial(_tell, found))

        patience.in_background(f"Server {found.instance_uuid} is to go on", None, adopt)
    else:
        tell_later(None, partial(_tell, found))


def _adopt(context: Any, connection: Any, found: Ticket) -> None:
    domain = _domain(connection, found.instance_uuid)
    paused = domain is not None and domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED
    if domain is not None and paused and found.was_running:
        domain.resume()
    try:
        instance = objects.Instance.get_by_uuid(
            context, found.instance_uuid, expected_attrs=["metadata", "system_metadata", "flavor"]
        )
    except exception.InstanceNotFound:
        return
    # Nova makes an ERROR of one that is not adopted at once.
    failed = instance.vm_state == vm_states.ERROR and names.RESTORE in instance.metadata
    if instance.vm_state != vm_states.BUILDING and not failed:
        return
    recorded(instance, found)
    # One that lost its QEMU was started and then ended: Nova finds it shut off.
    instance.vm_state = vm_states.ACTIVE if found.was_running else vm_states.PAUSED
    instance.task_state = None
    instance.launched_at = timeutils.utcnow()
    instance.save()
    ports.give(instance)
    LOG.info("Its restore was interrupted when it had started: it runs", instance=instance)


def _domain(connection: Any, uuid: str) -> Optional[Any]:
    try:
        return connection.lookupByUUIDString(uuid)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise
