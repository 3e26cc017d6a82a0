"""Saving an instance on the compute node that has it.

The guest is frozen with an external memory snapshot that leaves it paused and alive; memory and
overlay go as a package into Glance; only when that image is active does the instance leave Nova.
Whatever fails before is followed by a resume, and the server is ACTIVE as it was, with an instance
action that tells why.
"""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping

import libvirt
import nova.conf
import nova.privsep.path
from nova import context as nova_context
from nova import exception, objects
from nova.compute import utils as compute_utils
from nova.virt.libvirt import utils as libvirt_utils
from nova.virt import images
from oslo_log import log as logging
from oslo_utils import excutils

from tresccad_openstack import domainxml, names
from tresccad_openstack.compute import describe, process, register
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2
from tresccad_openstack.package.member import Member
from tresccad_openstack.package.writer import PART_SIZE

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_FREEZE = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC


# Below an instance's directory while it is saved; found there after a crash.
_WORK = "tresccad-save"
_IMAGE = "image"
_WITHDRAWN = "withdrawn"


class SaveServer:
    """Saves instances of one compute node; manager is its nova.compute.manager.ComputeManager."""

    def __init__(self, manager: Any, driver: Any) -> None:
        self._manager = manager
        self._driver = driver

    def save(self, context: Any, instance: Any, image_id: str, after: float = 0) -> None:
        """Ends with the instance gone, or with a fault and the instance as it was. Begins after so
        many seconds."""
        with compute_utils.EventReporter(
            context, names.SAVE_EVENT, self._manager.host, instance.uuid, graceful_exit=True
        ):
            try:
                if after:
                    self._wait(instance, image_id, after)
                self._write(context, instance, image_id)
            except Exception as error:
                with excutils.save_and_reraise_exception():
                    LOG.exception("Saving failed, the guest runs on", instance=instance)
                    compute_utils.add_instance_fault_from_exc(
                        context, instance, error, sys.exc_info()
                    )
                    compute_utils.delete_image(
                        context, instance, self._manager.image_api, image_id, log_exc_info=True
                    )
                    instance.task_state = None
                    instance.save()
            # From here on the package is the instance. What fails now is Nova's to tell of, and
            # the guest stays frozen.
            self._leave(context, instance)

    def recover(self) -> None:
        """After a start: ends the saves that a crash left half done, one way or the other."""
        context = nova_context.get_admin_context()
        for work in Path(CONF.instances_path).glob(f"*/{_WORK}"):
            try:
                instance = objects.Instance.get_by_uuid(context, work.parent.name)
            except exception.InstanceNotFound:
                # Its directory is Nova's to clean up.
                continue
            try:
                self._recover(context, instance, work)
            except Exception:
                LOG.exception(
                    "A save was interrupted, and it cannot be told how far it came; the guest "
                    "stays frozen until the next start",
                    instance=instance,
                )

    def _recover(self, context: Any, instance: Any, work: Path) -> None:
        image_id = (work / _IMAGE).read_text()
        withdrawn = work / _WITHDRAWN
        if not withdrawn.exists():
            if register.is_complete(image_id):
                LOG.info("It had been saved into image %s", image_id, instance=instance)
                self._leave(context, instance)
                return
            # Once this is written the image does not count any more, whether it is found or not.
            withdrawn.touch()
        register.delete(image_id)
        domain = self._driver._host.get_guest(instance)._domain
        if domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
            domain.resume()
        shutil.rmtree(work)
        instance.task_state = None
        instance.save()
        LOG.info("Its save was interrupted, the guest runs on", instance=instance)

    def _leave(self, context: Any, instance: Any) -> None:
        bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(context, instance.uuid)
        self._manager.terminate_instance(context, instance, bdms)

    def _wait(self, instance: Any, image_id: str, seconds: float) -> None:
        """A start after a crash finds what was meanwhile to begin, and ends it."""
        work = Path(libvirt_utils.get_instance_path(instance)) / _WORK
        work.mkdir(exist_ok=True)
        (work / _IMAGE).write_text(image_id)
        time.sleep(seconds)

    def _write(self, context: Any, instance: Any, image_id: str) -> None:
        """Returns when the image is active, the guest frozen; otherwise it runs on."""
        domain = self._driver._host.get_guest(instance)._domain
        directory = Path(libvirt_utils.get_instance_path(instance))
        work = directory / _WORK
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            (work / _IMAGE).write_text(image_id)
            backing = self._describe(context, instance, domain, directory, work)
            self._freeze(domain, work / "snapshot")
            try:
                self._upload(context, instance, image_id, directory, work, backing)
            except BaseException:
                with excutils.save_and_reraise_exception():
                    domain.resume()
        except BaseException:
            with excutils.save_and_reraise_exception():
                shutil.rmtree(work, ignore_errors=True)

    def _describe(
        self, context: Any, instance: Any, domain: Any, directory: Path, work: Path
    ) -> str:
        """Writes manifest and XML; returns what the overlay is to call its base. Raises
        CannotCarry before anything has happened to the guest."""
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
            _addresses(instance.get_network_info()),
            describe.home_of(context.service_catalog),
            describe.base_image(image, base_bytes),
            int(domain.blockInfo("vda")[0]),
            self._versions(),
            (directory / "kernel").exists(),
            (directory / "ramdisk").exists(),
        )
        (work / "manifest.json").write_bytes(manifests.render(manifest, PART_SIZE))
        (work / "libvirt.xml").write_text(xml)
        assert manifest.base_image is not None
        return f"base/{manifest.base_image.sha512}"

    def _versions(self) -> tuple[str, str]:
        connection = self._driver._host.get_connection()
        return _dotted(connection.getVersion()), _dotted(connection.getLibVersion())

    def _freeze(self, domain: Any, target: Path) -> None:
        """The guest is paused afterwards, and so is its disk: QEMU flushes when it pauses."""
        domain.suspend()
        try:
            domain.snapshotCreateXML(
                "<domainsnapshot>"
                f"<memory snapshot='external' file='{target}'/>"
                "<disks><disk name='vda' snapshot='no'/></disks>"
                "</domainsnapshot>",
                _FREEZE,
            )
            # libvirt made it for itself.
            nova.privsep.path.chown(str(target), uid=os.getuid())
        except BaseException:
            with excutils.save_and_reraise_exception():
                domain.resume()

    def _upload(
        self,
        context: Any,
        instance: Any,
        image_id: str,
        directory: Path,
        work: Path,
        backing: str,
    ) -> None:
        """Returns when the image is active."""
        members: Dict[str, Path] = {
            Member.LIBVIRT_XML.value: work / "libvirt.xml",
            Member.DISK.value: directory / "disk",
            Member.SNAPSHOT.value: work / "snapshot",
        }
        for member in (Member.KERNEL, Member.RAMDISK):
            if (directory / member.value).exists():
                members[member.value] = directory / member.value
        package = process.Writer(work / "manifest.json", backing, members)
        try:
            image = self._manager.image_api.update(
                context, image_id, {}, package, purge_props=False
            )
        finally:
            package.close()
        if image["status"] != "active":
            raise CannotCarry(f"image {image_id} is {image['status']} after the upload")
        LOG.info("Saved into image %s", image_id, instance=instance)


def _addresses(network_info: List[Any]) -> Mapping[str, str]:
    """The first IPv4 address by MAC."""
    found: Dict[str, str] = {}
    for vif in network_info:
        for ip in vif.fixed_ips():
            if ip["version"] == 4:
                found.setdefault(vif["address"].lower(), ip["address"])
    return found


def _dotted(version: int) -> str:
    return f"{version // 1000000}.{version // 1000 % 1000}.{version % 1000}"
