"""A server of a package: flavor, base image and ports are found or made, Nova does the rest."""

import ipaddress
from typing import Any, Dict, Iterable, List, Mapping

from nova import exception, objects
from nova.compute import api as compute_api
from neutronclient.common import exceptions as neutron_exceptions
from nova.network import neutron

from tresccad_openstack import names
from tresccad_openstack.compute import images
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Manifest, Nic
from tresccad_openstack.package.reader import PackageReader


# What the ports are called that are made for a server before it is there. One that belongs to no
# server was left by a restore that failed.
_PORT = "tresccad"


class API(compute_api.API):
    """Nova's compute API with one verb more."""

    def restore(self, context: Any, image_id: str, host: Any = None) -> Any:
        """Returns the new instance. Raises CannotCarry with a reason, PackageInvalid, and what
        Nova raises for a server that cannot be made."""
        manifest = self._manifest(context, image_id)
        flavor = _flavor(context, manifest)
        base = self._base(context, manifest)
        client = neutron.get_client(context)
        ports: List[str] = []
        try:
            for nic in manifest.hardware.nics:
                ports.append(_make_port(context, client, nic))
            return self._create(context, image_id, manifest, flavor, base, ports, host)
        except BaseException:
            admin = neutron.get_client(context, admin=True)
            for port in ports:
                admin.delete_port(port)
            raise

    def _create(
        self,
        context: Any,
        image_id: str,
        manifest: Manifest,
        flavor: Any,
        base: str,
        ports: List[str],
        host: Any,
    ) -> Any:
        requests = [objects.NetworkRequest(port_id=port) for port in ports]
        guest = manifest.guest
        instances, _ = self.create(
            context,
            flavor,
            base,
            display_name=guest.name,
            display_description=guest.name,
            key_name=guest.key.name if guest.key else None,
            key_data=guest.key.public_key if guest.key else None,
            user_data=guest.user_data,
            metadata={**guest.metadata, names.RESTORE: image_id},
            requested_networks=objects.NetworkRequestList(objects=requests),
            requested_host=host,
            scheduler_hints={},
            min_count=1,
            max_count=1,
        )
        return instances[0]

    def _manifest(self, context: Any, image_id: str) -> Manifest:
        """Reads the beginning of the package and no more of it."""
        image = self.image_api.get(context, image_id)
        if image["status"] != "active" or names.PACKAGE not in image.get("properties", {}):
            raise CannotCarry(f"image {image_id} is not a package, or not complete")
        with images.data(context, image_id) as chunks:
            return PackageReader(_Stream(chunks)).manifest

    def _base(self, context: Any, manifest: Manifest) -> str:
        """The id of the base image here."""
        if manifest.base_image is None:
            raise CannotCarry("its disk stands alone, which cannot be restored here yet")
        digest = manifest.base_image.sha512
        found = self.image_api.get_all(context, filters={"os_hash_value": digest})
        active = [image["id"] for image in found if image["status"] == "active"]
        if not active:
            name = manifest.base_image.name
            raise CannotCarry(f"its base image {name} ({digest[:16]}...) is not in Glance here")
        return str(active[0])


class _Stream:
    """Chunks, read like a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _flavor(context: Any, manifest: Manifest) -> Any:
    """The one of the same name, if it has the guest's sizes, else the smallest disk that has."""
    hardware, wanted = manifest.hardware, manifest.guest.flavor
    fitting = [
        flavor
        for flavor in objects.FlavorList.get_all(context)
        if (flavor.vcpus, flavor.memory_mb) == (hardware.vcpus, hardware.memory_mib)
        and (flavor.root_gb == 0 or flavor.root_gb << 30 >= hardware.disk_bytes)
        and not (flavor.ephemeral_gb or flavor.swap)
    ]
    if not fitting:
        raise CannotCarry(
            f"no flavor here has {hardware.vcpus} vCPUs, {hardware.memory_mib} MiB of memory and "
            f"a disk of {hardware.disk_bytes} bytes (it had {wanted.name})"
        )
    named = [flavor for flavor in fitting if flavor.name == wanted.name]
    found = named[0] if named else min(fitting, key=lambda flavor: flavor.root_gb)
    # A node without our driver would boot the base image as if nothing had been. This is the
    # server's own copy of the flavor.
    found.extra_specs = {**found.extra_specs, f"trait:{names.TRAIT}": "required"}
    return found


def _make_port(context: Any, client: Any, nic: Nic) -> str:
    """A port with the guest's MAC and address. Raises CannotCarry."""
    network = _network_of(client, nic)
    port: Dict[str, Any] = {
        "network_id": network["network_id"],
        "mac_address": nic.mac,
        "fixed_ips": [{"subnet_id": network["id"], "ip_address": nic.address}],
        "device_owner": "",
        # For an operator who reads a list of ports.
        "name": _PORT,
    }
    try:
        for left in client.list_ports(name=_PORT, mac_address=nic.mac)["ports"]:
            if not left["device_id"]:
                client.delete_port(left["id"])
        try:
            made = client.create_port({"port": port})
        except exception.Forbidden:
            # Only a network's owner and the admin may choose an address.
            port["tenant_id"] = context.project_id
            made = neutron.get_client(context, admin=True).create_port({"port": port})
    except neutron_exceptions.NeutronClientException as error:
        raise CannotCarry(
            f"its address {nic.address} ({nic.mac}) cannot be had here: {error}"
        ) from None
    return str(made["port"]["id"])


def _network_of(client: Any, nic: Nic) -> Mapping[str, Any]:
    """The subnet with the guest's address, among those the caller may use."""
    address = ipaddress.IPv4Address(nic.address)
    for subnet in client.list_subnets(ip_version=4)["subnets"]:
        if address in ipaddress.IPv4Network(subnet["cidr"]):
            found: Mapping[str, Any] = subnet
            return found
    raise CannotCarry(f"no network here has the address {nic.address}")
