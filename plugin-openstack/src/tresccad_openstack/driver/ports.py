"""Ports of servers. Those that were made before it go when it goes, also when it fails.

Nova keeps ports that it did not make itself, as they would be somebody's.
"""

from typing import Any, Dict, Iterable

from neutronclient.common import exceptions
from nova import objects
from nova.network import neutron
from oslo_concurrency import lockutils
from oslo_log import log as logging

LOG = logging.getLogger(__name__)


def addresses(network_info: Iterable[Any]) -> Dict[str, str]:
    """The first IPv4 address by MAC."""
    found: Dict[str, str] = {}
    for vif in network_info:
        for ip in vif.fixed_ips():
            if ip["version"] == 4:
                found.setdefault(vif["address"].lower(), ip["address"])
    return found


def give(instance: Any) -> None:
    """The ports become Nova's own, to be deleted with the server.

    After they were plugged: Neutron's events before that make Nova write this anew. The lock is
    the one under which it does (nova.network.neutron).
    """
    with lockutils.lock(f"refresh_cache-{instance.uuid}"):
        cache = objects.InstanceInfoCache.get_by_instance_uuid(instance._context, instance.uuid)
        found = cache.network_info
        for vif in found:
            vif["preserve_on_delete"] = False
        cache.network_info = found
        cache.save()
        instance.info_cache = cache


def delete(context: Any, instance: Any, network_info: Any) -> None:
    """After a failure, which is the one to be told of: nothing here raises."""
    client = neutron.get_client(context, admin=True)
    for vif in network_info or ():
        try:
            client.delete_port(vif["id"])
        except exceptions.PortNotFoundClient:
            pass
        except Exception:
            LOG.exception("Port %s stays behind", vif["id"], instance=instance)
