"""The nodes: namespaces of their own, the cables between them, and how all of it goes away.

A node is a process, the first of a PID namespace of its own; see node.py. Nothing has a name
outside: no /run/netns entry, no interface, no mount. So when that process is killed, the kernel
ends every process of the node with it, also those that left their parents (Neutron's dnsmasq
outlives its agent otherwise), and then namespaces, interfaces, mounts and firewall rules go too.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from cloud.layout import INTERNET, INTERNET_ADDRESS, NODES, PROVIDER_GATEWAY, Layout

_NODE = "node.py"
_PROGRAM = str(Path(__file__).with_name(_NODE))
_CLONE_NEWNET = 0x40000000
# Where a node's init puts the pids of its services; in its own /run.
SERVICES = "/run/tresccad-services"


class NodeFailed(Exception):
    """A node did not come up, is not there, or a command inside it failed."""


def first_processes(layout: Layout) -> Dict[str, int]:
    """The first process of each node that is there, by the node's name; pids of this namespace.

    Found by their argument, the description in the cloud's directory: no file has to be right,
    and a cloud that another copy of the repository made there is found too.
    """
    found: Dict[str, int] = {}
    prefix = str(layout.state) + "/"
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile
            continue
        if len(arguments) == 4 and arguments[1].decode(errors="replace").endswith("/" + _NODE):
            description = arguments[2].decode(errors="replace")
            if description.startswith(prefix):
                found[Path(description).parent.name] = int(entry.name)
    return found


def first_process(layout: Layout, name: str) -> int:
    pid = first_processes(layout).get(name)
    if pid is None:
        raise NodeFailed(f"there is no node {name} (make it with: bin/openstack up)")
    return pid


def make(layout: Layout, name: str, private: Sequence[str], files: Sequence[str]) -> int:
    """Makes a node whose directories and files at these absolute paths are its own.

    They must exist at layout.private. Returns the pid of its first process when it is ready.
    Raises NodeFailed.
    """
    description = layout.of(name) / "node.json"
    ready = layout.of(name) / "ready"
    description.write_text(
        json.dumps(
            {
                "hostname": name,
                "binds": [[str(layout.private(name, path)), path] for path in (*private, *files)],
                "ready": str(ready),
            }
        )
    )
    log = layout.log(name, "node")
    with open(log, "wb") as output:
        # "unshare" waits for its child, the node, and ends with it.
        parent = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
            + ["--propagation", "private", sys.executable, _PROGRAM, str(description)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
    deadline = time.monotonic() + 20
    while not ready.exists():
        if parent.poll() is not None or time.monotonic() > deadline:
            raise NodeFailed(f"{name} does not come up: {tail(log)}")
        time.sleep(0.02)
    return first_process(layout, name)


def connect(pids: Dict[str, int]) -> None:
    """Lays the cables: each node's eth0 to the management network, eth1 to the provider's."""
    _ip(
        pids[INTERNET],
        "link set lo up",
        "link add management type bridge",
        "link add provider type bridge",
        f"address add {INTERNET_ADDRESS}/24 dev management",
        f"address add {PROVIDER_GATEWAY}/24 dev provider",
        "link set management up",
        "link set provider up",
    )
    for node in NODES:
        internet = pids[INTERNET]
        _ip(
            pids[node.name],
            "link set lo up",
            f"link add eth0 type veth peer name {node.name}-m netns {internet}",
            f"link add eth1 type veth peer name {node.name}-p netns {internet}",
            f"address add {node.address}/24 dev eth0",
            "link set eth0 up",
            "link set eth1 up",
            f"route add default via {INTERNET_ADDRESS}",
        )
        _ip(
            internet,
            f"link set {node.name}-m master management up",
            f"link set {node.name}-p master provider up",
        )


def _ip(pid: int, *commands: str) -> None:
    done = subprocess.run(
        ["nsenter", "--target", str(pid), "--net", "ip", "-batch", "-"],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise NodeFailed(f"ip: {done.stderr.strip()}")


def move_into_network(pid: int) -> None:
    """This thread, and threads it starts from now on, use the network of that process."""
    enter_network(Path(f"/proc/{pid}/ns/net"))


def enter_network(namespace: Path) -> None:
    """The same, of the network with that file."""
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "cannot enter a network namespace")
    finally:
        os.close(descriptor)


def entering(pid: int, *, working_directory: Optional[str] = None) -> List[str]:
    """The beginning of a command that runs what follows inside the node."""
    options = ["--net", "--mount", "--uts", "--ipc", "--pid"]
    if working_directory is not None:
        options.append(f"--wdns={working_directory}")
    return ["nsenter", "--target", str(pid), *options, "--"]


def remove(layout: Layout) -> None:
    """Ends every process of the cloud. Nothing to end is no error. Raises NodeFailed."""
    deadline = time.monotonic() + 60
    while True:
        found = first_processes(layout)
        if not found:
            return
        if time.monotonic() > deadline:
            raise NodeFailed(f"processes do not end: {found}")
        for pid in found.values():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # The first process is gone only after all the others of its namespace.
        time.sleep(0.05)


def tail(log: Path, lines: int = 20) -> str:
    """The end of a log, for an error message."""
    try:
        text = log.read_text(errors="replace").strip()
    except OSError as error:
        return str(error)
    return "\n".join(text.splitlines()[-lines:])
