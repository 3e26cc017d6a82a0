"""Ports for a server that is to be: the guest's MAC, and its address where that can be had."""

import ipaddress
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping

from neutronclient.common import exceptions as neutron_exceptions
from nova import exception
from nova.network import neutron
from oslo_log import log as logging

from tresccad_openstack.domainxml import CannotCarry
from tresccad_openstack.package.manifest import Nic

LOG = logging.getLogger(__name__)

# Ports are called so until their server is there, with the time in seconds behind it, and then with
# the server's id. One that belongs to no server was left by a restore that failed.
_PORT = "tresccad "
_LEFT_SECONDS = 600
_ADDRESS_TAKEN = ("IpAddressInUse", "IpAddressAlreadyAllocated", "InvalidIpForSubnet")


def make_port(
    context: Any, client: Any, nic: Nic, security_groups: List[str], is_over: Callable[[str], bool]
) -> str:
    """A port with the guest's MAC, and with its address unless no network of the caller's has it or
    it is taken. Raises CannotCarry.

    security_groups: by their ids.
    is_over: whether a server, by its id, will not use a port any more.
    """
    _clear(client, nic, is_over)
    try:
        for subnet in _subnets_with(client, nic.address):
            place = [{"subnet_id": subnet["id"], "ip_address": nic.address}]
            try:
                network = subnet["network_id"]
                rules = _rules(client, network, security_groups)
                return _create(context, client, nic, network, {"fixed_ips": place, **rules})
            except neutron_exceptions.NeutronClientException as error:
                if not _is_taken(error):
                    raise
        network = _network_for(client, nic)
        rules = _rules(client, network, security_groups)
        return _create(context, client, nic, network, rules)
    except neutron_exceptions.NeutronClientException as error:
        raise CannotCarry(f"its network card {nic.mac} cannot be had here: {error}") from None


def name_ports(context: Any, ports: Iterable[str], instance_uuid: str) -> None:
    """They belong to a server that is about to be made."""
    admin = neutron.get_client(context, admin=True)
    for port in ports:
        try:
            admin.update_port(port, {"port": {"name": _PORT + instance_uuid}})
        except neutron_exceptions.NeutronClientException:
            LOG.warning("Port %s keeps the name of one that was left", port)


def settle(context: Any, ports: Iterable[str], has: Callable[[], bool]) -> None:
    """Those whose server could not be made are deleted, unless Nova or a compute node, which took
    it, does that. Raises what has() raises, and what Neutron does.

    has: whether the server is there.
    """
    if has():
        return
    admin = neutron.get_client(context, admin=True)
    for port in ports:
        try:
            if not admin.show_port(port)["port"]["device_id"]:
                admin.delete_port(port)
        except neutron_exceptions.PortNotFoundClient:
            continue


def _create(context: Any, client: Any, nic: Nic, network_id: str, more: Mapping[str, Any]) -> str:
    port: Dict[str, Any] = {
        "network_id": network_id,
        "mac_address": nic.mac,
        "device_owner": "",
        "name": f"{_PORT}{int(time.time())}",
        **more,
    }
    try:
        made = client.create_port({"port": port})
    except exception.Forbidden:
        # Only a network's owner and the admin may choose MAC and address.
        port["tenant_id"] = context.project_id
        made = neutron.get_client(context, admin=True).create_port({"port": port})
    return str(made["port"]["id"])


def _rules(client: Any, network_id: str, security_groups: List[str]) -> Dict[str, Any]:
    """Of a port that has these; Neutron's default where there are none."""
    if not security_groups:
        return {}
    rules: Dict[str, Any] = {"security_groups": security_groups}
    if not client.show_network(network_id)["network"].get("port_security_enabled", True):
        # Where others have no rules, the guest's port had them by itself.
        rules["port_security_enabled"] = True
    return rules


def _is_taken(error: neutron_exceptions.NeutronClientException) -> bool:
    return any(type(error).__name__.startswith(name) for name in _ADDRESS_TAKEN)


def _clear(client: Any, nic: Nic, is_over: Callable[[str], bool]) -> None:
    """Deletes what restores of the same guest left that nova-api did not live to settle, or to
    give a server."""
    for port in client.list_ports(mac_address=nic.mac)["ports"]:
        if port["device_id"] or not port["name"].startswith(_PORT):
            continue
        behind = port["name"].removeprefix(_PORT)
        if behind.isdecimal():
            left = time.time() - int(behind) > _LEFT_SECONDS
        else:
            left = is_over(behind)
        if left:
            client.delete_port(port["id"])


def _subnets(client: Any) -> List[Mapping[str, Any]]:
    found: List[Mapping[str, Any]] = client.list_subnets(ip_version=4)["subnets"]
    return found


def _subnets_with(client: Any, address: str) -> List[Mapping[str, Any]]:
    wanted = ipaddress.IPv4Address(address)
    return [s for s in _subnets(client) if wanted in ipaddress.IPv4Network(s["cidr"])]


def _network_for(client: Any, nic: Nic) -> str:
    """For another address: the network that has the guest's, or else the only one there is."""
    subnets = _subnets_with(client, nic.address) or _subnets(client)
    networks = sorted({str(subnet["network_id"]) for subnet in subnets})
    if not networks:
        raise CannotCarry("there is no network here that it may use")
    if len(networks) > 1:
        raise CannotCarry(
            f"no network here has the address {nic.address}, and any of {len(networks)} might do"
        )
    return networks[0]
