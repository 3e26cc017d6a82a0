"""A guest that was frozen for a package goes on, as it was."""

import os
from functools import partial
from pathlib import Path
from typing import Any, Optional

import libvirt
from nova import exception
from nova.compute import utils as compute_utils
from oslo_log import log as logging

from tresccad_openstack import saveimage
from tresccad_openstack.compute import patience
from tresccad_openstack.driver import ticket

LOG = logging.getLogger(__name__)

# Beside the guest's disk, where it stays until the server is deleted.
_SET_ASIDE = "tresccad-memory"
# What is only for a while, as too little memory on the node, is over then.
_RESTORE_SECONDS = 300.0


class MemoryLost(exception.NovaException):
    """The guest has to start anew."""

    msg_fmt = (
        "It lost its QEMU while it was being saved, and its memory cannot be restored (%(reason)s);"
        " it is shut off, and its memory is kept in %(path)s of its compute node"
    )


def thaw(driver: Any, instance: Any, memory: Path, was_running: bool) -> None:
    """Nobody else may run it any more. One that lost its QEMU meanwhile gets its memory back, once;
    where that was not complete yet, or is not to be restored, it is shut off, and Nova's own
    synchronization says so.

    Raises what libvirt does: while it still writes the memory of one whose nova-compute was killed,
    for example, it lets no CPU run. May be called again then.
    """
    domain = _domain(driver, instance)
    if (domain is None or not domain.isActive()) and _is_complete(memory):
        driver.plug_vifs(instance, instance.get_network_info())
        try:
            domain = patience.ask(
                "Its memory is restored",
                instance,
                partial(_restore, driver, instance, memory),
                seconds=_RESTORE_SECONDS,
                reasons=(libvirt.libvirtError,),
            )
        except libvirt.libvirtError as error:
            _set_aside(instance, memory, error)
    # Its disk changes from here on: with it this memory is never to be used again.
    ticket.remove(memory)
    if domain is not None and was_running and domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        domain.resume()


def _domain(driver: Any, instance: Any) -> Optional[Any]:
    try:
        return driver._host.get_guest(instance)._domain
    except exception.InstanceNotFound:
        return None


def _restore(driver: Any, instance: Any, memory: Path) -> Any:
    connection = driver._host.get_connection()
    domain = _domain(driver, instance)
    if domain is not None and domain.isActive():
        # It was, and only the answer was lost.
        return domain
    if domain is None:
        # A hard reboot that did not get far took it away. Without this it would be transient.
        connection.defineXML(saveimage.read(memory).xml)
    connection.restoreFlags(str(memory), None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
    return _domain(driver, instance)


def _set_aside(instance: Any, memory: Path, reason: Exception) -> None:
    kept = memory.parent.parent / _SET_ASIDE
    os.rename(memory, kept)
    lost = MemoryLost(reason=str(reason), path=str(kept))
    LOG.error("%s", lost, instance=instance)
    try:
        compute_utils.add_instance_fault_from_exc(instance._context, instance, lost)
    except Exception:
        LOG.exception("The fault could not be written down", instance=instance)


def _is_complete(memory: Path) -> bool:
    try:
        saveimage.read(memory)
    except (saveimage.NotASaveImage, OSError):
        return False
    return True
