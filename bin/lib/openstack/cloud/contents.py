"""What the cloud has in it when it is up: catalog, accounts, flavors, the guests' network."""

from typing import Dict, Tuple

from cloud.layout import (
    COMPUTE_URL,
    IDENTITY_URL,
    IMAGE_URL,
    NETWORK_URL,
    OTHER_IMAGE_PORT,
    PASSWORD,
    PLACEMENT_URL,
    PROVIDER_CIDR,
    PROVIDER_GATEWAY,
    PROVIDER_POOL,
    REGION,
    SITE,
)
from cloud.rest import Session

_CATALOG = {
    "image": ("glance", IMAGE_URL),
    "compute": ("nova", COMPUTE_URL),
    "placement": ("placement", PLACEMENT_URL),
    "network": ("neutron", NETWORK_URL),
}
_OTHER_REGION = "RegionOne"
# Clouds of clouds.yaml: user, project.
ACCOUNTS: Dict[str, Tuple[str, str]] = {
    "admin": ("admin", "admin"),
    "demo": ("demo", "demo"),
    "reader": ("reader", "demo"),
    "stranger": ("stranger", "elsewhere"),
}
_ROLES = {"demo": "member", "reader": "reader", "stranger": "member"}
# Name: vCPUs, memory in MiB, disk in GiB.
_FLAVORS = {"m1.tiny": (1, 128, 1), "m1.small": (1, 256, 1)}


def make_catalog() -> None:
    """Services, projects and users. Raises Refused."""
    admin = Session("admin", "admin")
    for kind, (name, _) in _CATALOG.items():
        admin.post(IDENTITY_URL + "/services", {"service": {"type": kind, "name": name}})
    roles = {role["name"]: role["id"] for role in admin.get(IDENTITY_URL + "/roles")["roles"]}
    projects: Dict[str, str] = {}
    for cloud, role in _ROLES.items():
        user, project = ACCOUNTS[cloud]
        if project not in projects:
            body = {"project": {"name": project, "domain_id": "default"}}
            projects[project] = admin.post(IDENTITY_URL + "/projects", body)["project"]["id"]
        body = {"user": {"name": user, "domain_id": "default", "password": PASSWORD}}
        made = admin.post(IDENTITY_URL + "/users", body)["user"]
        admin.put(
            f"{IDENTITY_URL}/projects/{projects[project]}/users/{made['id']}/roles/{roles[role]}"
        )


def place_catalog() -> None:
    """The services are where this cloud has them. Raises Refused."""
    admin = Session("admin", "admin")
    known = {region["id"] for region in admin.get(IDENTITY_URL + "/regions")["regions"]}
    for region in {REGION, _OTHER_REGION} - known:
        admin.post(IDENTITY_URL + "/regions", {"region": {"id": region}})
    for endpoint in admin.get(IDENTITY_URL + "/endpoints")["endpoints"]:
        admin.delete(f"{IDENTITY_URL}/endpoints/{endpoint['id']}")
    urls = {kind: url for kind, (_, url) in _CATALOG.items()} | {"identity": IDENTITY_URL}
    for service in admin.get(IDENTITY_URL + "/services")["services"]:
        url = urls[service["type"]]
        places = [(REGION, "public", SITE.public(url)), (REGION, "internal", url)]
        if SITE.is_far:
            # Nothing but the images is there, and it comes first.
            other = SITE.url(OTHER_IMAGE_PORT if service["type"] == "image" else 1)
            places.insert(0, (_OTHER_REGION, "public", SITE.public(other)))
            places.insert(0, (_OTHER_REGION, "internal", other))
        for region, interface, where in places:
            endpoint = {
                "service_id": service["id"],
                "interface": interface,
                "url": where,
                "region_id": region,
            }
            admin.post(IDENTITY_URL + "/endpoints", {"endpoint": endpoint})


def make_flavors() -> None:
    admin = Session("admin", "admin")
    for name, (vcpus, memory, disk) in _FLAVORS.items():
        flavor = {"name": name, "vcpus": vcpus, "ram": memory, "disk": disk}
        admin.post(COMPUTE_URL + "/flavors", {"flavor": flavor})


def make_network() -> None:
    """One flat network for the guests of all projects."""
    admin = Session("admin", "admin")
    network = {
        "name": "provider",
        "shared": True,
        # The agent's rules against spoofed MACs cannot be deleted by ebtables of nftables, and it
        # then plugs no port for minutes.
        "port_security_enabled": False,
        "provider:network_type": "flat",
        "provider:physical_network": "provider",
    }
    made = admin.post(NETWORK_URL + "/v2.0/networks", {"network": network})["network"]
    first, last = PROVIDER_POOL
    subnet = {
        "name": "provider",
        "network_id": made["id"],
        "ip_version": 4,
        "cidr": PROVIDER_CIDR,
        "gateway_ip": PROVIDER_GATEWAY,
        "allocation_pools": [{"start": first, "end": last}],
    }
    admin.post(NETWORK_URL + "/v2.0/subnets", {"subnet": subnet})
