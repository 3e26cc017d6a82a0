"""The services of the nodes: how each is started, and how it is known that it answers."""

import http.client
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from cloud.configuration import DATABASE_SOCKET, OTHER_GLANCE
from cloud.layout import (
    COMPUTE_URL,
    CONTROLLER,
    IDENTITY_URL,
    IMAGE_URL,
    NETWORK_URL,
    NODES,
    OTHER_IMAGE_PORT,
    PLACEMENT_URL,
    SITE,
    TLS_PORTS,
    Layout,
    Node,
)
from cloud.namespaces import SERVICES, NodeFailed, entering, first_process, tail

# Debian's programs only, whatever the caller's PATH has.
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# The service that takes TLS off.
TLS = "stunnel"
# The other region's.
GLANCE_ELSEWHERE = "glance-api-elsewhere"
# Services on a machine whose cores are busy otherwise.
START_SECONDS = 180.0
_COMMAND_SECONDS = 600.0


@dataclass(frozen=True)
class Service:
    """A program that runs on a node until it is stopped."""

    name: str
    node: Node
    user: str
    command: Tuple[str, ...]
    # True when it answers; None when it has no answer to wait for.
    answers: Optional[Callable[["Running"], bool]] = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Running:
    """Starts, asks and stops services and commands of a cloud's nodes."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        # Set when everything that waits here is to give up.
        self.stopped = Event()

    def start(self, service: Service) -> None:
        """Returns when it answers. Raises NodeFailed, with the end of its log."""
        if self.pid(service) is not None:
            raise NodeFailed(f"{service.name} of {service.node.name} already runs")
        log = self._layout.log(service.node.name, service.name)
        # setsid --fork: its parent is the node's first process, and nothing of it is outside.
        # The shell opens the log while it is still root.
        # A pid may be given to another process later, with the same start time it may not.
        started = 'echo "$$ $(cut -d" " -f22 /proc/$$/stat)"'
        script = f'{started} >{SERVICES}/{service.name}; exec "$@" </dev/null >>{log} 2>&1'
        environment = {
            "PYTHONPATH": str(self._layout.plugin),
            "TRESCCAD_NODE": str(self._layout.of(service.node.name)),
            **service.environment,
        }
        subprocess.run(
            [*entering(first_process(self._layout, service.node.name)), "setsid", "--fork"]
            + ["sh", "-c", script, "sh", *as_user(service.user, environment)]
            + list(service.command),
            stdin=subprocess.DEVNULL,
            check=True,
            start_new_session=True,
        )
        self.wait_for(
            f"{service.name} of {service.node.name} answers",
            lambda: service.answers is None or service.answers(self),
            lambda: self._say_if_ended(service),
            lambda: tail(log),
        )

    def _say_if_ended(self, service: Service) -> None:
        if self.pid(service) is None:
            # Once more: the shell may just have become the service.
            time.sleep(0.5)
            if self.pid(service) is None:
                log = tail(self._layout.log(service.node.name, service.name))
                raise NodeFailed(f"{service.name} of {service.node.name} ended: {log}")

    def wait_for(
        self,
        what: str,
        holds: Callable[[], bool],
        each_time: Callable[[], None] = lambda: None,
        explain: Callable[[], str] = lambda: "",
        seconds: float = START_SECONDS,
        pause: float = 0.2,
    ) -> None:
        """Returns when holds() is true. Raises NodeFailed after that many seconds."""
        deadline = time.monotonic() + seconds
        while not holds():
            each_time()
            if time.monotonic() > deadline:
                raise NodeFailed(f"not so after {seconds:.0f} s: {what}. {explain()}")
            if self.stopped.wait(pause):
                raise NodeFailed(f"given up: {what}")

    def pid(self, service: Service) -> Optional[int]:
        """Its pid in its node's PID namespace, or None when it does not run."""
        try:
            root = Path(f"/proc/{first_process(self._layout, service.node.name)}/root")
            pid, started = (root / SERVICES.strip("/") / service.name).read_text().split()
            status = (root / "proc" / pid / "stat").read_text()
        except (OSError, ValueError, NodeFailed):
            return None
        # Behind the name, which may have blanks and brackets: state, 18 others, start time.
        fields = status.rpartition(")")[2].split()
        return int(pid) if fields[0] != "Z" and fields[19] == started else None

    def stop(self, service: Service, signal: str = "TERM", seconds: float = 60) -> None:
        """Sends the signal and waits for the end. Not running is no error. Raises NodeFailed."""
        pid = self.pid(service)
        if pid is None:
            return
        self.command(service.node, ["kill", f"-{signal}", str(pid)])
        self.wait_for(
            f"{service.name} of {service.node.name} ends on SIG{signal}",
            lambda: self.pid(service) != pid,
            seconds=seconds,
        )

    def command(
        self, node: Node, command: Sequence[str], user: str = "root", text: str = ""
    ) -> str:
        """Runs a program on the node to its end and returns what it printed; text is its input.

        Raises NodeFailed.
        """
        entered = entering(first_process(self._layout, node.name))
        try:
            done = subprocess.run(
                [*entered, *as_user(user, {}), *command],
                input=text,
                capture_output=True,
                text=True,
                errors="replace",
                start_new_session=True,
                timeout=_COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise NodeFailed(f"{' '.join(command)} did not end: {error}") from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-2000:]
            raise NodeFailed(f"{' '.join(command)} ended with {done.returncode}: {said}")
        return done.stdout

    def sql(self, statement: str) -> str:
        """What the database answers: lines of values between tabs. Raises NodeFailed."""
        client = ["mariadb", "--no-defaults", f"--socket={DATABASE_SOCKET}", "--batch"]
        return self.command(CONTROLLER, [*client, "--skip-column-names"], text=statement)


def as_user(user: str, environment: Mapping[str, str]) -> List[str]:
    """The beginning of a command that runs what follows as that user, with little environment."""
    values = {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": _home(user), **environment}
    change = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return [*(change if user != "root" else []), "env", "-i"] + [
        f"{name}={value}" for name, value in values.items()
    ]


def _home(user: str) -> str:
    return "/root" if user == "root" else f"/var/lib/{user}"


def http_answers(url: str) -> Callable[[Running], bool]:
    """Whether a GET of the URL gets any answer that is not an error of the server's."""

    def answers(_: Running) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except (OSError, http.client.HTTPException):
            return False

    return answers


def port_answers(port: int) -> Callable[[Running], bool]:
    def answers(_: Running) -> bool:
        try:
            with socket.create_connection((CONTROLLER.address, port), timeout=5):
                return True
        except OSError:
            return False

    return answers


def _database_answers(running: Running) -> bool:
    try:
        return running.sql("select 1;").strip() == "1"
    except NodeFailed:
        return False


def _libvirtd_answers(node: Node) -> Callable[[Running], bool]:
    def answers(running: Running) -> bool:
        try:
            return bool(running.command(node, ["virsh", "-q", "-c", "qemu:///system", "uri"]))
        except NodeFailed:
            return False

    return answers


def _wsgi(name: str, url: str, program: str, user: str = "", threads: int = 8) -> Service:
    address = url.split("/")[2]
    return Service(
        name,
        CONTROLLER,
        user or name,
        (
            *("uwsgi_python3", "--http-socket", address, "--wsgi-file", program),
            *("--need-app", "--die-on-term", "--master", "--processes", "1", "--lazy-apps"),
            *(
                "--enable-threads",
                "--threads",
                str(threads),
                "--buffer-size",
                "65535",
                "--no-orphans",
            ),
            # It does not read the body of a request it refuses, so connections are not used again.
            *("--add-header", "Connection: close"),
        ),
        http_answers(url),
    )


def _sshd(node: Node) -> Service:
    # Its configuration lies with the node's files, whose place the start fills in.
    command = ("sh", "-c", 'exec /usr/sbin/sshd -D -e -f "$TRESCCAD_NODE/sshd_config"')
    return Service("sshd", node, "root", command)


def _python(
    name: str,
    node: Node,
    user: str,
    *options: str,
    answers: Optional[Callable[[Running], bool]] = None,
) -> Service:
    return Service(name, node, user, (name, *options), answers)


def _neutron_files(*files: str) -> List[str]:
    return [f"--config-file=/etc/neutron/{file}" for file in ("neutron.conf", *files)]


def database(data: str = "/var/lib/mysql") -> Service:
    """Nothing in it outlives the cloud, so it need not wait for the disk."""
    return Service(
        "mariadb",
        CONTROLLER,
        "mysql",
        (
            *("mariadbd", "--no-defaults", "--skip-networking", f"--socket={DATABASE_SOCKET}"),
            *(f"--datadir={data}", "--pid-file=/run/mysqld/mysqld.pid", "--max-connections=500"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"),
            "--innodb-flush-method=nosync",
        ),
        _database_answers,
    )


def _services() -> List[Service]:
    node = CONTROLLER
    services = [
        database(),
        Service(
            "rabbitmq",
            node,
            "rabbitmq",
            ("/usr/lib/rabbitmq/bin/rabbitmq-server",),
            port_answers(5672),
            {
                "RABBITMQ_NODENAME": f"rabbit@{node.name}",
                "RABBITMQ_LOGS": "-",
                "ERL_EPMD_ADDRESS": node.address,
                "ERL_CRASH_DUMP_SECONDS": "0",
                # One scheduler that does not spin: others need the cores.
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none",
            },
        ),
        _wsgi("keystone", IDENTITY_URL, "/usr/bin/keystone-wsgi-public"),
        _wsgi("placement", PLACEMENT_URL, "/usr/bin/placement-api"),
        _python("glance-api", node, "glance", answers=http_answers(IMAGE_URL + "/healthcheck")),
        _python("nova-api", node, "nova", answers=http_answers(COMPUTE_URL.rsplit("/", 1)[0])),
        _python("nova-conductor", node, "nova"),
        _python("nova-scheduler", node, "nova"),
        _python(
            "neutron-server",
            node,
            "neutron",
            *_neutron_files("plugins/ml2/ml2_conf.ini"),
            answers=http_answers(NETWORK_URL),
        ),
        _python("neutron-dhcp-agent", node, "root", *_neutron_files("dhcp_agent.ini")),
        _python("neutron-metadata-agent", node, "neutron", *_neutron_files("metadata_agent.ini")),
    ]
    if SITE.is_far:
        configured = 'exec stunnel4 "$TRESCCAD_NODE/stunnel.conf"'
        tls = port_answers(TLS_PORTS + 5000)
        services.append(Service(TLS, node, "root", ("sh", "-c", configured), tls))
        program = ("glance-api", f"--config-file={OTHER_GLANCE}")
        health = http_answers(SITE.url(OTHER_IMAGE_PORT, "/healthcheck"))
        services.append(Service(GLANCE_ELSEWHERE, node, "glance", program, health))
    for node in NODES:
        services += [
            Service(
                "libvirtd",
                node,
                "root",
                # Its usual pid file is not below /run/libvirt.
                ("libvirtd", "-p", "/run/libvirt/libvirtd.pid"),
                _libvirtd_answers(node),
            ),
            _sshd(node),
            # Debian's nova-compute.conf, which it would read too, has another virt_type.
            _python("nova-compute", node, "nova", "--config-file=/etc/nova/nova.conf"),
            _python(
                "neutron-linuxbridge-agent",
                node,
                "root",
                *_neutron_files("plugins/ml2/linuxbridge_agent.ini"),
            ),
        ]
    return services


SERVICES_OF_ALL: Tuple[Service, ...] = tuple(_services())

# In the place of another, when that is stopped. Zed's Nova patches its threads to green ones, of
# which uWSGI knows nothing.
ALTERNATIVES: Tuple[Service, ...] = (
    _wsgi("nova-api-wsgi", COMPUTE_URL, "/usr/bin/nova-api-wsgi", user="nova", threads=1),
)


def service(node: str, name: str) -> Service:
    """Raises KeyError."""
    services = (*SERVICES_OF_ALL, *ALTERNATIVES)
    found: Dict[Tuple[str, str], Service] = {(s.node.name, s.name): s for s in services}
    return found[node, name]
