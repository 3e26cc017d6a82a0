"""A server of a package: flavor, base image and ports are found or made, Nova does the rest."""

from functools import partial
from typing import Any, List

import nova.conf
from nova import context as nova_context
from nova import exception, objects
from nova.compute import api as compute_api
from nova.compute import vm_states
from nova.network import neutron

from tresccad_openstack import names
from tresccad_openstack.api import bases, flavors, groups, nodes, placing
from tresccad_openstack.compute import access, describe, handover, patience
from tresccad_openstack.compute.handover import Epoch
from tresccad_openstack.compute.register import Glance
from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package import transfer
from tresccad_openstack.package.manifest import Manifest
from tresccad_openstack.package.reader import PackageReader

CONF = nova.conf.CONF


class API(compute_api.API):
    """Nova's compute API with one verb more."""

    def restore(self, context: Any, image_id: str, host: Any = None) -> Any:
        """Returns the new instance. Raises CannotCarry with a reason, NotYet while its base image
        comes from another region, PackageInvalid, and what Nova raises for a server that cannot be
        made."""
        image = self.image_api.get(context, image_id)
        manifest = self._manifest(context, image)
        _check_undecided(context, manifest)
        needed = nodes.check(self.placementclient, manifest.hardware)
        flavor = flavors.choose(
            objects.FlavorList.get_all(context), manifest.hardware, manifest.guest.flavor.name
        )
        # A node without our driver would boot the base image as if nothing had been. This is the
        # server's own copy of the flavor.
        required = {f"trait:{trait}": "required" for trait in needed}
        flavor.extra_specs = {**flavor.extra_specs, **required}
        base = bases.find(context, manifest)
        client = neutron.get_client(context)
        said = image["properties"].get(names.SECURITY_GROUPS)
        security_groups = groups.here(context, client, said)
        ports: List[str] = []
        try:
            for nic in manifest.hardware.nics:
                is_over = partial(self._is_over, context)
                its = security_groups.get(nic.mac, [])
                ports.append(placing.make_port(context, client, nic, its, is_over))
            instance = self._create(context, image_id, manifest, flavor, base, ports, host)
        except BaseException:
            admin = neutron.get_client(context, admin=True)
            for port in ports:
                admin.delete_port(port)
            raise
        placing.name_ports(context, ports, instance.uuid)
        has = partial(self._has_its_ports, instance.uuid)
        settle = partial(placing.settle, context, ports, has)
        patience.in_background("Its ports are its own, or nobody's", instance, settle)
        return instance

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
        instances, _ = _Marking(image_id).create(
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

    def _has_its_ports(self, server: str) -> bool:
        """False when it failed or is gone. Raises CannotAsk while it is being made."""
        try:
            state = self.get(nova_context.get_admin_context(), server).vm_state
        except exception.InstanceNotFound:
            return False
        if state == vm_states.BUILDING:
            raise handover.CannotAsk("it is being made")
        return bool(state != vm_states.ERROR)

    def _is_over(self, context: Any, server: str) -> bool:
        try:
            return bool(self.get(context, server).vm_state == vm_states.ERROR)
        except exception.InstanceNotFound:
            return True

    def _manifest(self, context: Any, image: Any) -> Manifest:
        """Reads the beginning of the package and no more of it."""
        image_id = image["id"]
        if image["status"] != "active" or names.PACKAGE not in image.get("properties", {}):
            raise CannotCarry(f"image {image_id} is not a package, or not complete")
        try:
            with transfer.download(access.data(context, image_id)) as source:
                manifest = PackageReader(source).manifest
        except transfer.TransferFailed as error:
            raise CannotCarry(f"image {image_id} cannot be read: {error}") from error
        if manifest.references:
            raise CannotCarry("parts of the package refer to content elsewhere")
        here = describe.home_of(context.service_catalog, CONF.glance.region_name)
        describe.check_home(manifest, image["properties"], here)
        return manifest


class _Marking(compute_api.API):
    """Makes the server of one package, and says so where requests to Nova's own routes cannot."""

    def __init__(self, image_id: str) -> None:
        super().__init__()
        self._image_id = image_id

    def _populate_instance_for_create(
        self, context: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        made = super()._populate_instance_for_create(context, instance, *args, **kwargs)
        made.system_metadata[names.RESTORE] = self._image_id
        return made


def _check_undecided(context: Any, manifest: Manifest) -> None:
    """Raises CannotCarry when it could not be claimed any more. The claim itself comes when the
    guest is there; until then it stays open for others."""
    identity = manifest.identity
    epoch = Epoch(identity.lineage, identity.epoch, identity.nonce)
    try:
        decision = handover.look(Glance(context.project_id, context), epoch)
    except (handover.CannotAsk, handover.Unreadable) as error:
        raise CannotCarry(f"whether it may run here is not known: {error}") from None
    if decision is not None:
        raise CannotCarry(decision.refusal(epoch))
