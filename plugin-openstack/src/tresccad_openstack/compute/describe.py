"""A package's manifest of an instance of Nova's."""

import uuid
from datetime import datetime, timezone
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from tresccad_openstack import __version__, domainxml, names
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import (
    BaseImage,
    Cpu,
    Flavor,
    Guest,
    Hardware,
    Home,
    Identity,
    Key,
    Manifest,
    Nic,
    instant,
)
from tresccad_openstack.package.member import Member, in_order


def epoch_of(system_metadata: Mapping[str, str]) -> int:
    """Which freeze of its lineage the next one is."""
    return int(system_metadata.get(names.EPOCH, "0")) + 1


def lineage_of(instance_uuid: str, system_metadata: Mapping[str, str]) -> str:
    """An instance that never moved begins a lineage with its own id."""
    return system_metadata.get(names.LINEAGE, instance_uuid)


def home_of(catalog: Sequence[Mapping[str, Any]], region: Optional[str]) -> Home:
    """The image service of a request's catalog: the same id whatever node asks.

    region: that of [glance] in nova.conf. Without it the catalog must have one region's only: the
    register must be the same Glance. Raises CannotCarry.
    """
    urls = {
        str(endpoint.get("region")): endpoint.get("publicURL")
        for service in catalog
        if service["type"] == "image"
        for endpoint in service["endpoints"]
    }
    if region is not None:
        urls = {name: url for name, url in urls.items() if name == region}
    if not urls:
        raise CannotCarry(f"the catalog has no image service{f' in {region}' if region else ''}")
    if len(urls) > 1:
        raise CannotCarry(
            f"region_name in [glance] of nova.conf must say which is here of {', '.join(urls)}"
        )
    ((name, url),) = urls.items()
    if not url:
        raise CannotCarry(f"the catalog has no public address of the image service in {name}")
    return home_at(url)


def home_at(url: str) -> Home:
    """The image service with that public URL, as a catalog has it."""
    url = url.rstrip("/")
    return Home("glance", str(uuid.uuid5(uuid.NAMESPACE_URL, url)), url[:255])


def check_home(manifest: Manifest, image: Mapping[str, Any], here: Home) -> None:
    """Raises CannotCarry unless this cloud's Glance decides who runs the package's epoch: as its
    home, or because who brought it claimed it at its home for here. image: its properties."""
    home = manifest.identity.home
    if home.host_id == here.host_id and home.kind == here.kind:
        return
    claimed = image.get(names.HOME_CLAIMED)
    if claimed != here.host_id:
        raise CannotCarry(
            f"its home is {home.name}, where nobody has claimed it for here"
            f" ({names.HOME_CLAIMED} is {claimed}, not {here.host_id})"
        )


def check_platform(platform: domainxml.Platform, hardware: Hardware) -> None:
    """Raises CannotCarry unless a package's XML has what its manifest said when a node was looked
    for."""
    for what, has, said in (
        ("machine type", platform.machine, hardware.machine),
        ("CPU model", platform.cpu_model, hardware.cpu.model),
    ):
        if has != said:
            raise CannotCarry(f"its XML has {what} {has}, its manifest {said}")


def base_image(image: Mapping[str, Any], virtual_size: int) -> BaseImage:
    """Of Glance's image, as Nova shows it."""
    if not image.get("os_hash_value"):
        raise CannotCarry("its base image has no digest in Glance")
    return BaseImage(
        image["os_hash_value"],
        None,
        (image.get("name") or "")[:255],
        image["disk_format"],
        int(image["size"]),
        virtual_size,
    )


def manifest(
    instance: Any,
    platform: domainxml.Platform,
    addresses: Mapping[str, str],
    home: Home,
    base: BaseImage,
    disk_bytes: int,
    versions: Tuple[str, str],
    with_kernel: bool,
    with_ramdisk: bool,
    was_running: bool = True,
    moment: Optional[datetime] = None,
) -> Manifest:
    """addresses: IPv4 by MAC; versions: of QEMU and libvirt. Raises CannotCarry."""
    members = {Member.LIBVIRT_XML, Member.DISK, Member.SNAPSHOT}
    members |= {Member.KERNEL} if with_kernel else set()
    members |= {Member.RAMDISK} if with_ramdisk else set()
    system_metadata: Dict[str, str] = dict(instance.system_metadata)
    metadata = {k: v for k, v in instance.metadata.items() if k != names.RESTORE}
    key = Key(instance.key_name, instance.key_data) if instance.key_data else None
    try:
        return Manifest(
            Identity(
                lineage_of(instance.uuid, system_metadata),
                epoch_of(system_metadata),
                str(uuid.uuid4()),
                home,
            ),
            instant(moment or datetime.now(timezone.utc)),
            f"tresccad-openstack {__version__}",
            Guest(
                instance.display_name or instance.uuid,
                Flavor(
                    instance.flavor.name,
                    instance.flavor.vcpus,
                    instance.flavor.memory_mb,
                    instance.flavor.root_gb,
                ),
                metadata,
                key,
                instance.user_data,
                was_running,
            ),
            Hardware(
                platform.virt_type,
                platform.architecture,
                platform.machine,
                Cpu(platform.cpu_model, platform.cpu_required, platform.cpu_disabled),
                platform.vcpus,
                platform.memory_mib,
                platform.firmware,
                platform.command_line,
                disk_bytes,
                tuple(_nic(card, addresses) for card in platform.cards),
                *versions,
            ),
            base,
            in_order(members),
        )
    except ValueError as error:
        raise CannotCarry(str(error)) from None


def _nic(card: domainxml.Card, addresses: Mapping[str, str]) -> Nic:
    address = addresses.get(card.mac)
    if address is None:
        raise CannotCarry(f"its network card {card.mac} has no IPv4 address")
    return Nic(card.mac, address, card.model)
