"""Proves that a cloud which is up works: a test guest on each node boots, counts and goes."""

import re
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping

from cloud.contents import ACCOUNTS
from cloud.layout import COMPUTE_URL, IMAGE_URL, NETWORK_URL, NODES, Layout
from cloud.namespaces import NodeFailed
from cloud.rest import Refused, Session
from cloud.services import Running

GUESTS = Path(__file__).resolve().parents[4] / "test-vms" / "target"
_SECONDS = 180.0


def smoke(layout: Layout) -> None:
    """Raises NodeFailed or Refused. What it made is gone afterwards."""
    running = Running(layout)
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"  {what} ({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)

    admin = Session(*ACCOUNTS["admin"])
    images: List[str] = []
    servers: Dict[str, str] = {}
    try:
        base = upload_guest(admin, images)
        say("images are there")
        for node in NODES:
            servers[node.name] = make_server(admin, f"smoke-{node.name}", base, host=node.name)
        for name, server in servers.items():
            await_status(running, admin, server, "ACTIVE")
            where = admin.get(f"{COMPUTE_URL}/servers/{server}")["server"]
            if where["OS-EXT-SRV-ATTR:host"] != name:
                raise NodeFailed(f"server for {name} is on {where['OS-EXT-SRV-ATTR:host']}")
            say(f"server on {name} is active")
        for name, server in servers.items():
            await_counting(running, admin, server)
            say(f"guest on {name} counts")
    finally:
        for server in servers.values():
            admin.delete(f"{COMPUTE_URL}/servers/{server}")
        for server in servers.values():
            running.wait_for(f"server {server} is gone", lambda: is_gone(admin, server))
        for image in images:
            admin.delete(f"{IMAGE_URL}/v2/images/{image}")
    say("all is gone")


def upload_guest(
    session: Session, images: List[str], program: str = "tick", glance: str = IMAGE_URL
) -> str:
    """Uploads a test guest's disk, kernel and ramdisk; ids go into images at once."""
    properties: Dict[str, str] = {"os_command_line": f"console=ttyS0 guest={program}"}
    for name, form, file in (("kernel", "aki", "vmlinuz"), ("ramdisk", "ari", "initrd")):
        images.append(upload(session, f"guest-{name}", form, GUESTS / file, {}, glance))
        properties[f"{name}_id"] = images[-1]
    base = GUESTS / "base.qcow2"
    images.append(upload(session, "guest-disk", "qcow2", base, properties, glance))
    return images[-1]


def upload(
    session: Session,
    name: str,
    form: str,
    file: Path,
    properties: Mapping[str, str],
    glance: str = IMAGE_URL,
) -> str:
    """Uploads a file as an image and returns its id."""
    image = {
        "name": name,
        "disk_format": form,
        "container_format": form if form in ("aki", "ari") else "bare",
        **properties,
    }
    made = str(session.post(f"{glance}/v2/images", image)["id"])
    session.upload(f"{glance}/v2/images/{made}/file", file)
    return made


def make_server(
    session: Session, name: str, image: str, compute: str = COMPUTE_URL, **more: Any
) -> str:
    """Asks for a server of the smallest flavor; returns its id.

    more: of Nova's request; without networks in it, the server is on the provider network.
    """
    flavors = session.get(f"{compute}/flavors")["flavors"]
    server = {
        "name": name,
        "imageRef": image,
        "flavorRef": next(f["id"] for f in flavors if f["name"] == "m1.tiny"),
        **more,
    }
    if "networks" not in server:
        server["networks"] = [{"uuid": provider_network(session)}]
    made: Dict[str, Any] = session.post(f"{compute}/servers", {"server": server})["server"]
    return str(made["id"])


def provider_network(session: Session) -> str:
    """Its id, in this cloud."""
    networks = session.get(f"{NETWORK_URL}/v2.0/networks?name=provider")["networks"]
    return str(networks[0]["id"])


def await_status(running: Running, session: Session, server: str, status: str) -> None:
    """Raises NodeFailed when it gets another one that is final, with Nova's reason."""

    def reached() -> bool:
        found = session.get(f"{COMPUTE_URL}/servers/{server}")["server"]
        if found["status"] == "ERROR":
            raise NodeFailed(f"server {server}: {found.get('fault')}")
        return bool(found["status"] == status)

    running.wait_for(f"server {server} is {status}", reached, seconds=_SECONDS)


def await_counting(
    running: Running, session: Session, server: str, compute: str = COMPUTE_URL
) -> None:
    """Until the guest has counted twice on its console since it was first looked at."""
    seen: List[int] = []

    def counts() -> bool:
        numbers = ticks(console(session, server, compute))
        seen.extend(numbers[-1:])
        return bool(seen) and seen[-1] >= seen[0] + 2

    running.wait_for(f"the guest of server {server} counts", counts, seconds=_SECONDS)


def console(session: Session, server: str, compute: str = COMPUTE_URL) -> str:
    action: Dict[str, Any] = {"os-getConsoleOutput": {}}
    return str(session.post(f"{compute}/servers/{server}/action", action)["output"])


def ticks(output: str) -> List[int]:
    """The numbers that a test guest said, in their order."""
    return [int(n) for n in re.findall(r"^tick (\d+)\r?\n", output, re.MULTILINE)]


def is_gone(session: Session, server: str) -> bool:
    try:
        session.get(f"{COMPUTE_URL}/servers/{server}")
    except Refused as refusal:
        if refusal.status == 404:
            return True
        raise
    return False
