"""Brings the cloud up, or takes everything back."""

import os
import shutil
import subprocess
import sys
import time
from functools import partial
from typing import Callable, List

from cloud import configuration, contents, databases, machines, namespaces
from cloud.layout import CONTROLLER, INTERNET, NETWORK_URL, NODES, SITE, Layout, Node
from cloud.namespaces import NodeFailed
from cloud.rest import Refused, Session
from cloud.services import GLANCE_ELSEWHERE, SERVICES_OF_ALL, TLS, Running, service
from cloud.steps import Step, run


def up(layout: Layout) -> None:
    """Returns when servers can be made on each node.

    Raises NodeFailed or StepFailed, and whatever interrupts it; nothing is left then but the logs.
    """
    lacking = machines.missing()
    if lacking:
        raise NodeFailed(f"packages are missing ({lacking}), run bin/setup --openstack")
    if layout.state.exists() or namespaces.first_processes(layout):
        raise NodeFailed("it is up, at least in part (remove it with: bin/openstack down)")
    running = Running(layout)

    def give_up() -> None:
        running.stopped.set()
        namespaces.remove(layout)

    started = time.monotonic()
    try:
        _make_nodes(layout)
        run(_steps(layout, running), give_up, _say)
    except BaseException:
        down(layout)
        raise
    print(f"up after {time.monotonic() - started:.0f} s", file=sys.stderr)


def _say(step: str, seconds: float) -> None:
    print(f"  {step} ({seconds:.1f} s)", file=sys.stderr, flush=True)


def _make_nodes(layout: Layout) -> None:
    """Not a step: the thread that starts the others must be in the cloud's network."""
    shutil.rmtree(layout.logs, ignore_errors=True)
    for directory in (layout.state, layout.logs):
        directory.mkdir(parents=True)
        os.chmod(directory, 0o755)
    machines.all_names(layout)
    trusted = layout.certificate if SITE.is_far else None
    entries = {
        name: configuration.cloud(account, SITE, trusted)
        for name, account in contents.ACCOUNTS.items()
    }
    layout.clouds.write_text(configuration.clouds(entries))
    layout.clouds.chmod(0o600)
    pids = {INTERNET: namespaces.make(layout, INTERNET, (), machines.PRIVATE_FILES)}
    for node in NODES:
        pids[node.name] = namespaces.make(
            layout, node.name, machines.PRIVATE_DIRECTORIES, machines.PRIVATE_FILES
        )
    namespaces.connect(pids)
    namespaces.move_into_network(pids[INTERNET])


def _steps(layout: Layout, running: Running) -> List[Step]:
    def start(node: Node, name: str, *after: str) -> Step:
        step = name if node == CONTROLLER and name in _ONCE else f"{name} of {node.name}"
        return Step(step, partial(running.start, service(node.name, name)), after)

    first = NODES[0]
    steps = [
        Step("nodes", lambda: None),
        *databases.steps(layout, running),
        start(CONTROLLER, "rabbitmq", "nodes"),
        start(CONTROLLER, "keystone", "mariadb"),
        Step("catalog", contents.place_catalog, ("keystone",)),
        start(CONTROLLER, "placement", "mariadb"),
        start(CONTROLLER, "neutron-server", "rabbitmq", "catalog"),
        start(CONTROLLER, "nova-conductor", "mariadb", "rabbitmq"),
        start(CONTROLLER, "nova-api", "rabbitmq", "catalog"),
        start(CONTROLLER, "glance-api", "catalog"),
        start(CONTROLLER, "nova-scheduler", "rabbitmq", "catalog"),
        start(CONTROLLER, "neutron-dhcp-agent", "neutron-server"),
        start(CONTROLLER, "neutron-metadata-agent", "neutron-server"),
        Step("flavors", contents.make_flavors, ("nova-api",)),
        Step("network", contents.make_network, ("agents",)),
    ]
    if SITE.is_far:
        steps.append(start(CONTROLLER, TLS, "nodes"))
        steps.append(start(CONTROLLER, GLANCE_ELSEWHERE, "catalog"))
    for node in NODES:
        # What the first libvirtd learned of QEMU, which takes it seconds, the others are told.
        if node == first:
            steps.append(start(node, "libvirtd", "nodes"))
            steps.append(Step(_ASKED, partial(_ask_qemu, running, node), (steps[-1].name,)))
        else:
            told = Step(f"told {node.name}", partial(_tell, layout, first, node), (_ASKED,))
            steps += [told, start(node, "libvirtd", told.name)]
        steps.append(
            start(
                node,
                "nova-compute",
                *(f"libvirtd of {node.name}", _ASKED, "nova-conductor", "placement", "catalog"),
            )
        )
        steps.append(start(node, "sshd", "nodes"))
        steps.append(start(node, "neutron-linuxbridge-agent", "neutron-server"))
    hosts = tuple(f"nova-compute of {node.name}" for node in NODES)
    agents = tuple(f"neutron-linuxbridge-agent of {node.name}" for node in NODES)
    return [
        *steps,
        Step("compute nodes", partial(_map_hosts, running), ("nova-scheduler", *hosts)),
        Step(
            "agents",
            partial(_await_agents, running),
            ("neutron-dhcp-agent", "neutron-metadata-agent", "catalog", *agents),
        ),
    ]


_ASKED = "capabilities"
_ONCE = {s.name for s in SERVICES_OF_ALL} - {
    s.name for s in SERVICES_OF_ALL if s.node != CONTROLLER
}


def _ask_qemu(running: Running, node: Node) -> None:
    command = ["virsh", "-q", "-c", "qemu:///system", "domcapabilities", "--virttype", "qemu"]
    running.command(node, command)


def _tell(layout: Layout, first: Node, other: Node) -> None:
    cache = "/var/cache/libvirt"
    source, target = (layout.private(node.name, cache) / "qemu" for node in (first, other))
    subprocess.run(["cp", "-a", "-T", str(source), str(target)], check=True)


def _map_hosts(running: Running) -> None:
    """Until the scheduler may choose each node: mapped to the cell, its resources in Placement.

    nova-scheduler would map them by itself, but looks for them only once a minute.
    """
    everyone = str(len(NODES))

    def all_in(question: str) -> Callable[[], bool]:
        return lambda: running.sql(question).strip() == everyone

    running.wait_for("compute nodes are known", all_in("select count(*) from nova.compute_nodes;"))
    running.command(CONTROLLER, ["nova-manage", "cell_v2", "discover_hosts"], user="nova")
    running.wait_for(
        "compute nodes are mapped", all_in("select count(*) from nova_api.host_mappings;")
    )
    running.wait_for(
        "compute nodes have resources",
        all_in("select count(distinct resource_provider_id) from placement.inventories;"),
    )


def _await_agents(running: Running) -> None:
    """Until each agent has reported, and so ports can be bound."""
    admin = Session("admin", "admin")
    expected = sorted(s.name for s in SERVICES_OF_ALL if s.name.endswith("-agent"))

    def all_alive() -> bool:
        try:
            agents = admin.get(NETWORK_URL + "/v2.0/agents")["agents"]
        except Refused:
            return False
        return sorted(agent["binary"] for agent in agents if agent["alive"]) == expected

    running.wait_for("Neutron's agents have reported", all_alive)


def down(layout: Layout) -> None:
    """Ends all processes and deletes the files; not the logs, not the template."""
    namespaces.remove(layout)
    if layout.state.exists():
        shutil.rmtree(layout.state)
