"""What a package brings to the compute node on which Nova spawns its instance, and the claim
without which its CPUs do not run."""

import os
import shutil
import uuid
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Tuple

import libvirt
import nova.conf
from nova import objects
from nova.compute import task_states
from nova.image import glance as nova_glance
from nova.virt import images
from nova.virt.libvirt import guest as libvirt_guest
from oslo_concurrency import processutils
from oslo_utils import uuidutils

from tresccad_openstack import domainxml, names, saveimage
from tresccad_openstack.compute import access, describe, handover, patience, process
from tresccad_openstack.compute.handover import Decision, Epoch
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.driver import space
from tresccad_openstack.driver.ticket import Ticket
from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package import qcow2
from tresccad_openstack.package.limits import Room
from tresccad_openstack.package.manifest import Manifest

CONF = nova.conf.CONF

# Of directories beside the instances' own; one of this node that is there at its start was left by
# a crash. Behind it the server's id, and the node: the directory may be shared by several.
_PREFIX = "tresccad-arrival-"
# Then it fails, and what became of the claim is found out without its user waiting.
_CLAIM_SECONDS = 300.0


def left_here() -> Iterator[Tuple[str, Path]]:
    """Directories of this node's arrivals, each with the id of its server."""
    for directory in Path(CONF.instances_path).glob(_PREFIX + "*"):
        server = directory.name.removeprefix(_PREFIX).removesuffix(f"-{CONF.host}")
        if directory.name == f"{_PREFIX}{server}-{CONF.host}" and uuidutils.is_uuid_like(server):
            yield server, directory


class Arrival:
    """One package, unpacked beside the instances' directories; remove() it in any case."""

    def __init__(self, context: Any, instance: Any) -> None:
        self._context = context
        self._instance = instance
        self._directory = Path(CONF.instances_path) / f"{_PREFIX}{instance.uuid}-{CONF.host}"
        self._manifest: Optional[Manifest] = None
        self.ticket: Optional[Ticket] = None
        self.decision: Optional[Decision] = None

    @property
    def manifest(self) -> Manifest:
        """After fetch()."""
        assert self._manifest is not None
        return self._manifest

    @property
    def started(self) -> bool:
        """Whether its CPUs may have run; then it is the instance, whatever else fails."""
        return self.ticket is not None and self.ticket.started

    def fetch(self, image_id: str) -> None:
        """With the user's rights. Raises ProcessFailed when it is not a correct package,
        CannotCarry when it is none for here."""
        self.remove()
        self._directory.mkdir(mode=0o700)
        self._image_id = image_id
        room = self._room()
        space.require(self._directory, room.memory_mib)
        process.download(access.data(self._context, image_id), self._directory, room)
        manifest = manifests.read((self._directory / "manifest.json").read_bytes()).manifest
        if manifest.base_image is None:
            raise CannotCarry("its disk stands alone, which cannot be restored here yet")
        with open(self._directory / "disk", "rb") as file:
            head = qcow2.head(file.read(qcow2.MOST_BYTES))
        if head.virtual_size != manifest.hardware.disk_bytes:
            raise CannotCarry("its disk has another size than the package says")
        if (head.backing or "").rpartition("/")[2] != manifest.base_image.sha512:
            raise CannotCarry("its disk stands on another file than the package says")
        image = nova_glance.API().get(self._context, image_id)
        here = describe.home_of(self._context.service_catalog, CONF.glance.region_name)
        describe.check_home(manifest, image.get("properties", {}), here)
        self._manifest = manifest

    def _room(self) -> Room:
        """What the instance's flavor has."""
        flavor = self._instance.flavor
        disk = flavor.root_gb << 30
        if not disk:
            # Then Nova makes a disk as large as the image.
            image = Glance(self._instance.project_id, self._context).get(self._instance.image_ref)
            disk = (image or {}).get("virtual_size") or 0
            if not disk:
                raise CannotCarry("neither its flavor nor its image says how large its disk may be")
        return Room(flavor.vcpus, flavor.memory_mb, disk)

    def put_disk(self, disk: Path) -> None:
        """The guest's overlay in place of the empty one that Nova made, on the same base."""
        base = images.qemu_img_info(str(disk))
        if not base.backing_file:
            raise CannotCarry("Nova made no overlay here")
        size = self.manifest.hardware.disk_bytes
        if size > base.virtual_size:
            raise CannotCarry(f"its disk has {size} bytes, and Nova's here {base.virtual_size}")
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
        saved = saveimage.read(path).xml
        try:
            describe.check_platform(domainxml.platform(saved), self.manifest.hardware)
            merged = domainxml.merge(saved, fresh_xml)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise CannotCarry(f"its XML is not a guest's of Nova's: {error}") from error
        saveimage.replace_xml(path, merged)
        return path, merged

    def start(self, domain: Any, run: Callable[[], None]) -> None:
        """Claims, and then lets it run; the guest must be there with its memory, paused.

        Raises CannotCarry when somebody else has it or its server is being deleted, and CannotAsk,
        Unreadable.
        """
        self._claim()
        assert self.ticket is not None
        # The claim may have taken long. One that does not start is returned.
        if self._task_state() != task_states.SPAWNING:
            raise CannotCarry("its server was deleted before it ran")
        self.ticket = self.ticket.with_started(True)
        before = domain.state()
        try:
            run()
        except Exception:
            # libvirt says so when CPUs could not be started.
            if domain.state() == before:
                self.ticket = self.ticket.with_started(False)
            raise

    def _claim(self) -> None:
        identity = self.manifest.identity
        epoch = Epoch(identity.lineage, identity.epoch, identity.nonce)
        claimant = str(uuid.uuid4())
        self._instance.system_metadata[names.CLAIMANT] = claimant
        # One that is being deleted claims nothing.
        self._instance.save(expected_task_state=[task_states.SPAWNING])
        ticket = Ticket(
            self._instance.uuid,
            self._image_id,
            self._context.project_id,
            epoch,
            self.manifest.guest.was_running,
            self.manifest.created_at,
            identity.home.name if identity.home.kind == "tresccad" else None,
            claimant,
        )
        ticket.write(ticket.of_arrival())
        self.ticket = ticket
        glance = Glance(ticket.owner, self._context)
        decision = patience.ask(
            f"Claiming epoch {epoch.number} of {epoch.lineage}",
            self._instance,
            partial(handover.decide, glance, epoch, claimant),
            seconds=_CLAIM_SECONDS,
        )
        if decision.claimant != claimant:
            raise CannotCarry(decision.refusal(epoch))
        self.decision = decision

    def _task_state(self) -> Optional[str]:
        """Of the instance, as it is now. Raises InstanceNotFound."""
        found = objects.Instance.get_by_uuid(self._context, self._instance.uuid, expected_attrs=[])
        state: Optional[str] = found.task_state
        return state

    def remove(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)


class ArrivedGuest(libvirt_guest.Guest):
    """A guest that has its memory and waits; Nova resumes it when Neutron has plugged its ports."""

    def __init__(self, domain: Any, arrival: Arrival) -> None:
        super().__init__(domain)
        self._arrival = arrival

    def resume(self) -> None:
        self._arrival.start(self._domain, super().resume)

    def stay(self) -> None:
        """It was paused when it was saved, and is so here."""
        self._arrival.start(self._domain, lambda: None)


def restore(
    arrival: Arrival, host: Any, xml: str, callback: Any, power_on: bool, pause: bool
) -> Any:
    """The guest of an arrival, as the driver's _create_guest makes one."""
    memory, merged = arrival.memory(xml)
    domain = libvirt_guest.Guest.create(merged, host)._domain
    if callback is not None:
        callback()
    host.get_connection().restoreFlags(str(memory), None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
    guest = ArrivedGuest(domain, arrival)
    if not power_on:
        guest.stay()
    elif not pause:
        guest.resume()
    return guest
