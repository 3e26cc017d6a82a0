"""How Glance is reached, and with whose rights: those of a request, or those of [service_user],
which nova.conf has for saves that outlive their token."""

import random
import re
from dataclasses import dataclass
from typing import Any, Iterator, List

import glanceclient
import nova.conf
from keystoneauth1 import adapter, loading
from nova import service_auth

from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.compute.images import Images
from tresccad_openstack.package.transfer import Place

CONF = nova.conf.CONF
_SERVICE = nova.conf.service_token.SERVICE_USER_GROUP
_SECONDS = 30
# Of data, which a backend may take long to put away.
_DATA_SECONDS = 300
_VERSIONED = re.compile(r"/v\d+(\.\d+)?$")


@dataclass(frozen=True)
class Region:
    """Another region with a Glance, of those in the caller's catalog.

    public_url: by which it is a home of packages.
    interface: by which it is reached, of those in [glance] valid_interfaces of nova.conf.
    images: with the rights of the request.
    """

    name: str
    public_url: str
    interface: str
    images: Images


def as_user(context: Any) -> Any:
    """Raises CannotAsk when there is no Glance, and what Keystone raises."""
    return _adapter(service_auth.get_auth_plugin(context), nova.conf.glance.glance_group.name)


def as_service() -> Any:
    """Raises CannotAsk when it has no rights, or there is no Glance, and what Keystone raises."""
    auth = loading.load_auth_from_conf_options(CONF, _SERVICE)
    if auth is None:
        raise CannotAsk("nova.conf has no credentials in [service_user]")
    return _adapter(auth, _SERVICE)


def images(context: Any) -> Images:
    """Those of Glance here, with the rights of the request. Raises as as_user does."""
    found = as_user(context)
    return _images(context, found.session, found.endpoint_override)


def other_regions(context: Any) -> Iterator[Region]:
    """None where nova.conf does not say which region is here."""
    if CONF.glance.region_name is None:
        return
    group = nova.conf.glance.glance_group.name
    auth = service_auth.get_auth_plugin(context)
    session = loading.load_session_from_conf_options(CONF, group, auth=auth, timeout=_SECONDS)
    for service in context.service_catalog:
        for endpoint in service["endpoints"] if service["type"] == "image" else ():
            name = endpoint.get("region")
            urls = [(each, endpoint.get(f"{each}URL")) for each in CONF.glance.valid_interfaces]
            interface, url = next((pair for pair in urls if pair[1]), ("", ""))
            if name != CONF.glance.region_name and url:
                public = endpoint.get("publicURL", "")
                yield Region(name, public, interface, _images(context, session, url))


def data(context: Any, image_id: str) -> Place:
    """An image's data, with the rights of the request. Raises as as_user does."""
    found = as_user(context)
    return Place(
        urls=tuple(f"{server}/v2/images/{image_id}/file" for server in _servers(found)),
        headers={
            **(found.session.get_auth_headers() or {}),
            "X-OpenStack-Request-ID": context.global_id,
        },
        seconds=CONF.glance.timeout or _DATA_SECONDS,
        verify=found.session.verify,
        certificate=found.session.cert,
    )


def _adapter(auth: Any, group: str) -> Any:
    session = loading.load_session_from_conf_options(CONF, group, auth=auth, timeout=_SECONDS)
    found = adapter.Adapter(
        session,
        service_type="image",
        interface=list(CONF.glance.valid_interfaces),
        region_name=CONF.glance.region_name,
        endpoint_override=CONF.glance.endpoint_override,
    )
    found.endpoint_override = _servers(found)[0]
    return found


def _images(context: Any, session: Any, url: str) -> Images:
    place = _VERSIONED.sub("", url.rstrip("/"))
    client = glanceclient.Client(
        "2", session=session, endpoint_override=place, global_request_id=context.global_id
    )
    return Images(client.images)


def _servers(found: Any) -> List[str]:
    """In an order of chance, so that each gets its share."""
    servers = list(CONF.glance.api_servers or [found.get_endpoint()])
    if None in servers:
        raise CannotAsk("the catalog has no image service")
    random.shuffle(servers)
    # Catalogs name it with a version or without.
    return [_VERSIONED.sub("", server.rstrip("/")) for server in servers]
