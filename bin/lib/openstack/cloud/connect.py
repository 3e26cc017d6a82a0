"""A set of bin/hosts gets a way into the cloud, as a laptop behind NAT has it, and none back."""

import subprocess
from pathlib import Path
from typing import List

from cloud.layout import INTERNET, Layout
from cloud.namespaces import NodeFailed, first_process

_CLOUD_CIDR = "198.18.1.0/24"
_HOSTS_ADDRESS, _CLOUD_ADDRESS = "198.18.3.1", "198.18.3.2"
# Interfaces: the cloud's end of the cable, and that of the hosts.
_HOSTS, _CLOUD = "hosts", "cloud"


def network(name: str) -> Path:
    """The namespace in which clients of a set run."""
    return Path("/run/netns", f"tc-{name}-internet")


def connect(layout: Layout, name: str) -> None:
    """name: of a set that is up. The cable goes with the cloud or with the set, whichever is first.

    Raises NodeFailed.
    """
    namespace = network(name).name
    if not network(name).exists():
        raise NodeFailed(f"there is no set {name} (make it with: bin/hosts up --set {name} NAME)")
    cloud = ["nsenter", "--target", str(first_process(layout, INTERNET)), "--net"]
    hosts = ["nsenter", f"--net={network(name)}"]
    _ip(
        cloud,
        f"link add {_HOSTS} type veth peer name {_CLOUD} netns {namespace}",
        f"address add {_CLOUD_ADDRESS}/30 dev {_HOSTS}",
        f"link set {_HOSTS} up",
    )
    _ip(
        hosts,
        f"address add {_HOSTS_ADDRESS}/30 dev {_CLOUD}",
        f"link set {_CLOUD} up",
        f"route add {_CLOUD_CIDR} via {_CLOUD_ADDRESS}",
    )
    # Answers come back by what these remember; the cloud's nodes know no route to the hosts.
    for inside, out in ((hosts, _CLOUD), (cloud, "management")):
        _run([*inside, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        nat = ["iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-o", out, "-j", "MASQUERADE"]
        _run([*inside, *nat])


def _ip(inside: List[str], *commands: str) -> None:
    _run([*inside, "ip", "-batch", "-"], "\n".join(commands) + "\n")


def _run(command: List[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise NodeFailed(f"{' '.join(command)}: {done.stderr.strip()}")
