"""What a package brings to the compute node on which Nova spawns its instance."""

import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import libvirt
import nova.conf
from nova.virt import images
from oslo_concurrency import processutils
from oslo_log import log as logging

from tresccad_openstack import domainxml, saveimage
from tresccad_openstack.compute import images as image_data
from tresccad_openstack.compute import process
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2
from tresccad_openstack.package.manifest import Manifest

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


# Of directories beside the instances' own; one that is there at the start was left by a crash.
_PREFIX = "tresccad-arrival-"


class Arrival:
    """One package, unpacked beside the instances' directories; remove() it in any case."""

    def __init__(self, instance_uuid: str) -> None:
        self._directory = Path(CONF.instances_path) / (_PREFIX + instance_uuid)

    def fetch(self, context: Any, image_id: str) -> Manifest:
        """With the user's rights. Raises ProcessFailed when it is not a correct package."""
        self.remove()
        self._directory.mkdir(mode=0o700)
        process.read(partial(image_data.data, context, image_id), self._directory)
        manifest = manifests.read((self._directory / "manifest.json").read_bytes()).manifest
        if manifest.base_image is None:
            raise CannotCarry("its disk stands alone, which cannot be restored here yet")
        with open(self._directory / "disk", "rb") as file:
            head = qcow2.head(file.read(qcow2.MOST_BYTES))
        if head.virtual_size != manifest.hardware.disk_bytes:
            raise CannotCarry("its disk has another size than the package says")
        if (head.backing or "").rpartition("/")[2] != manifest.base_image.sha512:
            raise CannotCarry("its disk stands on another file than the package says")
        return manifest

    def put_disk(self, disk: Path) -> None:
        """The guest's overlay in place of the empty one that Nova made, on the same base."""
        base = images.qemu_img_info(str(disk))
        if not base.backing_file:
            raise CannotCarry("Nova made no overlay here")
        arrived = self._directory / "disk"
        processutils.execute(
            *("qemu-img", "rebase", "-u", "-f", "qcow2"),
            *("-F", base.backing_file_format or "raw", "-b", base.backing_file, str(arrived)),
        )
        os.chmod(arrived, 0o644)
        os.rename(arrived, disk)

    def memory(self, fresh_xml: str) -> tuple[Path, str]:
        """The save image, its XML replaced, and that XML."""
        path = self._directory / "snapshot"
        try:
            merged = domainxml.merge(saveimage.read(path).xml, fresh_xml)
        except (AttributeError, TypeError, KeyError) as error:
            raise CannotCarry(f"its XML is not a guest's of Nova's: {error}") from error
        saveimage.replace_xml(path, merged)
        return path, merged

    def remove(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)


def discard_interrupted(connection: Any) -> None:
    """After a start: restores that a crash interrupted are undone. Nova makes an ERROR of their
    servers; the packages are as they were, and no guest of them runs."""
    for directory in Path(CONF.instances_path).glob(_PREFIX + "*"):
        try:
            domain = connection.lookupByUUIDString(directory.name.removeprefix(_PREFIX))
            if domain.isActive():
                domain.destroy()
            domain.undefine()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                LOG.exception("What a restore left cannot be removed: %s", directory)
                continue
        LOG.info("A restore was interrupted: %s is removed", directory)
        shutil.rmtree(directory, ignore_errors=True)
