"""Where the cloud's files lie, what its nodes are called, and which addresses they have."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

INTERNET = "internet"
# Nobody but who is inside the namespaces can reach what this protects.
PASSWORD = "secret"
# What guests are told of where they are.
CLOUD = "openstack"


@dataclass(frozen=True)
class Site:
    """One of the clouds of this machine, 1 or 2. All addresses are of RFC 2544's range for tests.

    The second is how real ones often are: its public addresses are behind TLS, by a certificate
    that nobody knows, and its catalog has another region too, with a Glance and nothing else.
    """

    number: int

    @property
    def is_far(self) -> bool:
        return self.number != 1

    @property
    def region(self) -> str:
        return "RegionTwo" if self.is_far else "RegionOne"

    @property
    def controller(self) -> str:
        return self.management("11")

    def management(self, host: str) -> str:
        """The management network carries the APIs and the nodes' tunnels."""
        return f"{self._prefix(1)}.{host}"

    def provider(self, host: str) -> str:
        """The provider network is the guests'."""
        return f"{self._prefix(2)}.{host}"

    def cable(self, host: str) -> str:
        """To whom a way into the cloud was laid."""
        return f"{self._prefix(3)}.{host}"

    def url(self, port: int, path: str = "") -> str:
        """As the cloud's own services call it."""
        return f"http://{self.controller}:{port}{path}"

    def public(self, url: str) -> str:
        """As its catalog names it to clients."""
        if not self.is_far:
            return url
        scheme, host, port = url.split(":", 2)
        number, slash, path = port.partition("/")
        return f"{scheme}s:{host}:{TLS_PORTS + int(number)}{slash}{path}"

    def _prefix(self, network: int) -> str:
        return f"198.18.{10 * (self.number - 1) + network}"


# Behind these and the port's number TLS is taken off.
TLS_PORTS = 10000
IMAGE_PORT = 9292
# Of the other region's Glance.
OTHER_IMAGE_PORT = 9293
# This process's; another's, which it may reach too, is Site(2).
SITE = Site(int(os.environ.get("CLOUD_SITE", "1")))
FAR = Site(2)

INTERNET_ADDRESS = SITE.management("1")
PROVIDER_GATEWAY = SITE.provider("1")
PROVIDER_CIDR = SITE.provider("0/24")
PROVIDER_POOL = (SITE.provider("100"), SITE.provider("199"))
REGION = SITE.region


@dataclass(frozen=True)
class Node:
    """A machine of the cloud that has services."""

    name: str
    address: str
    controller: bool


NODES: Tuple[Node, ...] = (
    Node("node1", SITE.controller, controller=True),
    Node("node2", SITE.management("12"), controller=False),
)
CONTROLLER = NODES[0]
NAMES = (INTERNET,) + tuple(node.name for node in NODES)

IDENTITY_URL = SITE.url(5000, "/v3")
IMAGE_URL = SITE.url(IMAGE_PORT)
COMPUTE_URL = SITE.url(8774, "/v2.1")
METADATA_URL = SITE.url(8775)
PLACEMENT_URL = SITE.url(8778)
NETWORK_URL = SITE.url(9696)


@dataclass(frozen=True)
class Layout:
    """The directories below the cloud's own; absolute, and the same inside the nodes."""

    directory: Path

    @property
    def state(self) -> Path:
        """Everything of the cloud that is up; goes with it."""
        return self.directory / "state"

    @property
    def logs(self) -> Path:
        return self.directory / "log"

    @property
    def template(self) -> Path:
        """Empty databases of a certain version; outlives the cloud."""
        return self.directory / "template"

    @property
    def plugin(self) -> Path:
        """What is under test, on the Python path of Nova's services."""
        return self.state / "plugin"

    @property
    def keys(self) -> Path:
        """Of SSH between the nodes."""
        return self.state / "keys"

    @property
    def clouds(self) -> Path:
        return self.state / "clouds.yaml"

    @property
    def certificate(self) -> Path:
        """Of the public addresses, where they are behind TLS."""
        return self.state / "certificate.pem"

    def of(self, name: str) -> Path:
        """The files of one node."""
        return self.state / name

    def private(self, name: str, path: str) -> Path:
        """What a node has at an absolute path of its own, as others see it."""
        return self.of(name) / path.strip("/").replace("/", "-")

    def log(self, name: str, service: str) -> Path:
        return self.logs / f"{name}-{service}.log"
