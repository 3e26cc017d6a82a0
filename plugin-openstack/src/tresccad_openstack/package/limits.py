"""How much a member may hold, unpacked, before a reader gives up, and a guest where it arrives."""

from dataclasses import dataclass

from tresccad_openstack.package import manifest as manifests
from tresccad_openstack.package.errors import PackageInvalid
from tresccad_openstack.package.manifest import Hardware, Manifest
from tresccad_openstack.package.member import Member


@dataclass(frozen=True)
class Room:
    """What was asked for, and paid for, where a guest arrives. Its disk may be smaller."""

    vcpus: int
    memory_mib: int
    disk_bytes: int

    def check(self, hardware: Hardware) -> None:
        """Raises PackageInvalid unless that is what the guest has."""
        for what, said, here in (
            ("vCPUs", hardware.vcpus, self.vcpus),
            ("MiB of memory", hardware.memory_mib, self.memory_mib),
        ):
            if said != here:
                raise PackageInvalid(manifests.ENTRY, f"its guest has {said} {what}, here {here}")
        if hardware.disk_bytes > self.disk_bytes:
            disk = f"its guest has a disk of {hardware.disk_bytes} bytes"
            raise PackageInvalid(manifests.ENTRY, f"{disk}, here at most {self.disk_bytes}")


@dataclass(frozen=True)
class Limits:
    """Bytes. Memory and disk are measured against what the manifest says."""

    domain_xml: int = 1 << 20
    kernel: int = 256 << 20
    ramdisk: int = 1 << 30
    # What the snapshot holds beside the memory: video memory, firmware, devices.
    device_state: int = 512 << 20
    # What the overlay holds beside the guest's data, on top of 1/1024 of its size.
    disk_metadata: int = 64 << 20

    def of(self, member: Member, manifest: Manifest) -> int:
        memory = manifest.hardware.memory_mib << 20
        disk = manifest.hardware.disk_bytes
        if member is Member.LIBVIRT_XML:
            return self.domain_xml
        if member is Member.KERNEL:
            return self.kernel
        if member is Member.RAMDISK:
            return self.ramdisk
        if member in (Member.SNAPSHOT, Member.SNAPSHOT_AHEAD):
            # 8 bytes, sometimes a block's name too, before each page of 4096.
            return memory + memory // 128 + self.device_state
        if member is Member.DISK:
            return disk + disk // 1024 + self.disk_metadata
        return 2 * (self.of(Member.SNAPSHOT, manifest) + self.of(Member.DISK, manifest))


STANDARD = Limits()
