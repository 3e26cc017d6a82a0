"""Where the cloud's files lie, what its nodes are called, and which addresses they have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

# The management network, 198.18.1.0/24, carries the APIs and the nodes' tunnels; the provider
# network, 198.18.2.0/24, is the guests'. Both are of RFC 2544's range for tests.
INTERNET = "internet"
INTERNET_ADDRESS = "198.18.1.1"
PROVIDER_GATEWAY = "198.18.2.1"
PROVIDER_CIDR = "198.18.2.0/24"
PROVIDER_POOL = ("198.18.2.100", "198.18.2.199")
REGION = "RegionOne"
# Nobody but who is inside the namespaces can reach what this protects.
PASSWORD = "secret"


@dataclass(frozen=True)
class Node:
    """A machine of the cloud that has services."""

    name: str
    address: str
    controller: bool


NODES: Tuple[Node, ...] = (
    Node("node1", "198.18.1.11", controller=True),
    Node("node2", "198.18.1.12", controller=False),
)
CONTROLLER = NODES[0]
NAMES = (INTERNET,) + tuple(node.name for node in NODES)

# What guests are told of where they are.
CLOUD = "openstack"

IDENTITY_URL = f"http://{CONTROLLER.address}:5000/v3"
IMAGE_URL = f"http://{CONTROLLER.address}:9292"
COMPUTE_URL = f"http://{CONTROLLER.address}:8774/v2.1"
METADATA_URL = f"http://{CONTROLLER.address}:8775"
PLACEMENT_URL = f"http://{CONTROLLER.address}:8778"
NETWORK_URL = f"http://{CONTROLLER.address}:9696"


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

    def of(self, name: str) -> Path:
        """The files of one node."""
        return self.state / name

    def private(self, name: str, path: str) -> Path:
        """What a node has at an absolute path of its own, as others see it."""
        return self.of(name) / path.strip("/").replace("/", "-")

    def log(self, name: str, service: str) -> Path:
        return self.logs / f"{name}-{service}.log"
