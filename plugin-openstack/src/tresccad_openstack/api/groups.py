"""Security groups of a server's ports, which its new ones have where its project has them."""

import json
from typing import Any, Dict, List, Mapping, Optional

from neutronclient.common import exceptions as neutron_exceptions
from nova.network import neutron
from oslo_utils import uuidutils

from tresccad_openstack.domainxml import CannotCarry

# By Neutron's quota a project has ten.
_MOST_BYTES = 1 << 16


def of(context: Any, server: str) -> str:
    """As a property of the package's image: JSON, ids by MAC. Raises CannotCarry."""
    try:
        ports = neutron.get_client(context).list_ports(device_id=server)["ports"]
    except neutron_exceptions.NeutronClientException as error:
        raise CannotCarry(f"Neutron does not tell its security groups: {error}") from None
    return json.dumps({port["mac_address"].lower(): _of(port) for port in ports}, sort_keys=True)


def _of(port: Mapping[str, Any]) -> List[str]:
    # Neutron has none where the extension is not enabled.
    return sorted(port.get("security_groups", ()))


def here(context: Any, client: Any, said: Optional[str]) -> Dict[str, List[str]]:
    """Of those in that property the ones that the caller's project has, which may be none. Raises
    CannotCarry."""
    wanted = _read(said)
    ids = sorted({group for groups in wanted.values() for group in groups})
    if not ids:
        return {}
    owner = context.project_id
    try:
        found = client.list_security_groups(id=ids, tenant_id=owner)["security_groups"]
    except neutron_exceptions.NotFound:
        # The extension is not enabled here.
        return {}
    except neutron_exceptions.NeutronClientException as error:
        raise CannotCarry(f"Neutron does not tell its security groups: {error}") from None
    has = {group["id"] for group in found}
    return {mac: [group for group in groups if group in has] for mac, groups in wanted.items()}


def _read(said: Optional[str]) -> Dict[str, List[str]]:
    """Anybody may have written it who can write to the image."""
    if said is None:
        return {}
    try:
        found = json.loads(said) if len(said) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(map(_are_ids, found.values())):
        raise CannotCarry("its image does not say its security groups in a way to be understood")
    return found


def _are_ids(groups: Any) -> bool:
    return isinstance(groups, list) and all(
        isinstance(group, str) and uuidutils.is_uuid_like(group) for group in groups
    )
