"""Saving an instance on the compute node that has it.

The guest is frozen with an external memory snapshot that leaves it paused and alive; memory and
overlay go as a package into Glance; only when that image is active does the instance leave Nova.
Whatever fails before is withdrawn in the register and then followed by a resume, and the server is
as it was, with an instance action that tells why.
"""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Dict

import libvirt
import nova.conf
import nova.privsep.path
from nova import exception, objects
from nova.compute import utils as compute_utils
from nova.virt import images
from oslo_log import log as logging
from oslo_utils import excutils

from tresccad_openstack import domainxml, names
from tresccad_openstack.compute import access, describe, patience, process
from tresccad_openstack.compute.handover import Epoch
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.driver import ports, space
from tresccad_openstack.driver.saving import SNAPSHOT, TICKET, refuse_undecided, work_of
from tresccad_openstack.driver.takeback import TakeBack
from tresccad_openstack.driver.ticket import Ticket, finish
from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2
from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.writer import PART_SIZE

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_FREEZE = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC


class SaveServer:
    """Saves instances of one compute node; manager is its nova.compute.manager.ComputeManager."""

    def __init__(self, manager: Any, driver: Any) -> None:
        self._manager = manager
        self._driver = driver
        self._take_back = TakeBack(manager, driver)

    def save(self, context: Any, instance: Any, image_id: str, after: float = 0) -> None:
        """Ends with the instance gone, or with a fault and the instance as it was. Begins after so
        many seconds."""
        is_asked = partial(_is_asked, context, instance, image_id)
        if not patience.until_done("It is to be saved", instance, is_asked):
            # Asked for before a start of nova-compute, which ended it.
            LOG.warning("Saving into image %s is over", image_id, instance=instance)
            return
        event = compute_utils.EventReporter(
            context, names.SAVE_EVENT, self._manager.host, instance.uuid, graceful_exit=True
        )
        with ExitStack() as events:
            # Nothing else ends the save of one that is busy with it, until nova-compute starts.
            begin = partial(events.enter_context, event)
            patience.until_done("Its save is to begin", instance, begin)
            # An operator may have reset the state of one that is.
            refuse_undecided(instance)
            try:
                time.sleep(after)
                self._write(context, instance, image_id)
            except Exception as error:
                with excutils.save_and_reraise_exception() as reraise:
                    LOG.exception("Saving failed", instance=instance)
                    _say(context, instance, error)
                    # Not so when it is complete after all, and only the answer was lost.
                    reraise.reraise = self._stay(context, instance, image_id)
            else:
                if self._take_back.end(context, instance, image_id):
                    raise CannotCarry("its package was complete, and it was taken back before")

    def recover(self) -> None:
        """After a start: ends the saves that a crash left half done, one way or the other."""
        self._take_back.recover()

    def _stay(self, context: Any, instance: Any, image_id: str) -> bool:
        """Returns when the guest is as it was, or false when it has left all the same."""
        if (work_of(instance) / TICKET).exists():
            return self._take_back.end(context, instance, image_id)
        # Nothing of the package has left this node.
        self._take_back.not_begun(context, instance, image_id)
        return True

    def _write(self, context: Any, instance: Any, image_id: str) -> None:
        """Returns when the image is active, the guest frozen. When it raises, the guest is frozen
        if a ticket is there, and otherwise as it was."""
        domain = self._driver._host.get_guest(instance)._domain
        work = work_of(instance)
        directory = work.parent
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        was_running = domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING
        manifest = self._describe(context, instance, domain, directory, work, was_running)
        space.require(work, manifest.hardware.memory_mib)
        identity = manifest.identity
        # Should this node be lost, another one can withdraw it. And the server is still to be
        # saved, whatever was asked meanwhile.
        instance.system_metadata[names.SAVING_NONCE] = identity.nonce
        instance.save(expected_task_state=[names.TASK_STATE])
        Ticket(
            instance.uuid,
            image_id,
            context.project_id,
            Epoch(identity.lineage, identity.epoch, identity.nonce),
            was_running,
            manifest.created_at,
        ).write(work / TICKET)
        self._freeze(domain, work / SNAPSHOT)
        self._upload(context, instance, image_id, directory, work, manifest)

    def _describe(
        self,
        context: Any,
        instance: Any,
        domain: Any,
        directory: Path,
        work: Path,
        was_running: bool,
    ) -> Manifest:
        """Writes manifest and XML. Raises CannotCarry before anything has happened to the guest."""
        xml = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE | libvirt.VIR_DOMAIN_XML_SECURE)
        platform = domainxml.platform(xml)
        disk = directory / "disk"
        with open(disk, "rb") as file:
            head = qcow2.head(file.read(qcow2.MOST_BYTES))
        if head.backing is None:
            raise CannotCarry("its disk does not stand on a base image")
        image = self._manager.image_api.get(context, instance.image_ref)
        image = {**image, **image.get("properties", {})}
        base_bytes = images.qemu_img_info(head.backing).virtual_size
        manifest = describe.manifest(
            instance,
            platform,
            ports.addresses(instance.get_network_info()),
            describe.home_of(context.service_catalog, CONF.glance.region_name),
            describe.base_image(image, base_bytes),
            int(domain.blockInfo("vda")[0]),
            self._versions(),
            (directory / "kernel").exists(),
            (directory / "ramdisk").exists(),
            was_running,
        )
        (work / "manifest.json").write_bytes(manifests.render(manifest, PART_SIZE))
        (work / "libvirt.xml").write_text(xml)
        return manifest

    def _versions(self) -> tuple[str, str]:
        connection = self._driver._host.get_connection()
        return _dotted(connection.getVersion()), _dotted(connection.getLibVersion())

    def _freeze(self, domain: Any, target: Path) -> None:
        """The guest is paused afterwards, and so is its disk: QEMU flushes when it pauses. The
        memory has its name when it is on the disk as a whole: it may be all that is left."""
        domain.suspend()
        written = target.with_name(target.name + ".new")
        domain.snapshotCreateXML(
            "<domainsnapshot>"
            f"<memory snapshot='external' file='{written}'/>"
            "<disks><disk name='vda' snapshot='no'/></disks>"
            "</domainsnapshot>",
            _FREEZE,
        )
        # libvirt made it for itself.
        nova.privsep.path.chown(str(written), uid=os.getuid())
        finish(written, target)

    def _upload(
        self,
        context: Any,
        instance: Any,
        image_id: str,
        directory: Path,
        work: Path,
        manifest: Manifest,
    ) -> None:
        """Returns when the image is active."""
        members: Dict[str, Path] = {
            Member.LIBVIRT_XML.value: work / "libvirt.xml",
            Member.DISK.value: directory / "disk",
            Member.SNAPSHOT.value: work / SNAPSHOT,
        }
        for member in (Member.KERNEL, Member.RAMDISK):
            if (directory / member.value).exists():
                members[member.value] = directory / member.value
        assert manifest.base_image is not None
        backing = f"base/{manifest.base_image.sha512}"
        place = access.data(context, image_id)
        process.upload(place, work / "manifest.json", backing, members)
        image = self._manager.image_api.get(context, image_id)
        if image["status"] != "active":
            raise CannotCarry(f"image {image_id} is {image['status']} after the upload")
        LOG.info("Saved into image %s", image_id, instance=instance)


def _is_asked(context: Any, instance: Any, image_id: str) -> bool:
    """Whether the server is there and still to be saved into that image."""
    try:
        found = objects.Instance.get_by_uuid(
            context, instance.uuid, expected_attrs=["system_metadata"]
        )
    except exception.InstanceNotFound:
        return False
    return bool(found.system_metadata.get(names.SAVING) == image_id)


def _say(context: Any, instance: Any, error: Exception) -> None:
    """The guest may be frozen: what comes next does not wait for Nova's database."""
    try:
        compute_utils.add_instance_fault_from_exc(context, instance, error, sys.exc_info())
    except Exception:
        LOG.exception("Why its save failed could not be written down", instance=instance)


def _dotted(version: int) -> str:
    return f"{version // 1000000}.{version // 1000 % 1000}.{version % 1000}"
