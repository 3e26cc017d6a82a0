"""Hosts, or clients of another cloud, get a way into the cloud, as behind NAT, and none back."""

import subprocess
from pathlib import Path
from typing import List

from cloud.layout import INTERNET, SITE, Layout, Site
from cloud.namespaces import NodeFailed, first_process

# Interfaces: the cloud's end of the cable, and that of the hosts.
_HOSTS, _CLOUD = "hosts", "cloud"


def network(name: str) -> Path:
    """The namespace in which clients of a set run."""
    return Path("/run/netns", f"tc-{name}-internet")


def connect(layout: Layout, name: str) -> None:
    """name: of a set that is up. The cable goes with the cloud or with the set, whichever is first.

    Raises NodeFailed.
    """
    namespace = network(name)
    if not namespace.exists():
        raise NodeFailed(f"there is no set {name} (make it with: bin/hosts up --set {name} NAME)")
    hosts = ["nsenter", f"--net={namespace}"]
    _lay(first_process(layout, INTERNET), SITE, namespace.name, hosts)


def reach(layout: Layout, other: Layout, site: Site) -> None:
    """Clients of this cloud reach another, and not the reverse. Raises NodeFailed."""
    clients = first_process(layout, INTERNET)
    _lay(first_process(other, INTERNET), site, str(clients), _inside(clients))


def _lay(cloud: int, site: Site, namespace: str, clients: List[str]) -> None:
    """A cable from a cloud to the namespace of that name or pid, which clients enters."""
    _ip(
        _inside(cloud),
        f"link add {_HOSTS} type veth peer name {_CLOUD} netns {namespace}",
        f"address add {site.cable('2/30')} dev {_HOSTS}",
        f"link set {_HOSTS} up",
    )
    _ip(
        clients,
        f"address add {site.cable('1/30')} dev {_CLOUD}",
        f"link set {_CLOUD} up",
        f"route add {site.management('0/24')} via {site.cable('2')}",
    )
    # Answers come back by what these remember; the cloud's nodes know no route to the hosts.
    # What the nodes say to each other crosses the same bridge, and is left alone.
    come_in = ["-s", site.cable("0/30"), "-o", "management"]
    for inside, which in ((clients, ["-o", _CLOUD]), (_inside(cloud), come_in)):
        _run([*inside, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        nat = ["iptables", "-w", "-t", "nat", "-A", "POSTROUTING", *which, "-j", "MASQUERADE"]
        _run([*inside, *nat])


def _inside(pid: int) -> List[str]:
    return ["nsenter", "--target", str(pid), "--net"]


def _ip(inside: List[str], *commands: str) -> None:
    _run([*inside, "ip", "-batch", "-"], "\n".join(commands) + "\n")


def _run(command: List[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise NodeFailed(f"{' '.join(command)}: {done.stderr.strip()}")
