"""Hosts in namespaces, made by bin/hosts, and how to act inside them."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

REPOSITORY = Path(__file__).resolve().parents[3]
# The set's internet: where clients are, and what guests of any host can reach.
INTERNET = "198.18.0.1"
BRIDGE = "tresccad0"
# Where guests start, where they go, and where the pipeline of 2014 has its image service.
SOURCE, TARGET, STORE = "hostA", "hostB", "store"
# The host's own address on the guests' bridge, as bin/hosts configures it.
GATEWAY = "10.77.0.1"

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class CommandFailed(Exception):
    """A program ended with an error; the message holds the end of what it said."""


def run(command: Sequence[str], seconds: float = 600) -> str:
    """Runs a program to its end and returns its output.

    It has a session of its own, so that Ctrl-C reaches only this process, which then ends it.
    Raises CommandFailed.
    """
    done = subprocess.run(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=seconds,
        start_new_session=True,
    )
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip()[-2000:]
        raise CommandFailed(f"{' '.join(command)} ended with {done.returncode}: {said}")
    return done.stdout


class Network:
    """A network namespace."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that this thread makes meanwhile belong to the namespace, also afterwards."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            other = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                _enter(other)
            finally:
                os.close(other)
            try:
                yield
            finally:
                _enter(own)
        finally:
            os.close(own)

    def inode(self) -> int:
        """What /proc/PID/ns/net shows for each process in it."""
        return os.stat(self._path).st_ino


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace (needs root)")


class Host:
    """One host of the set."""

    def __init__(self, world: "World", name: str, address: str) -> None:
        self.name = name
        self.address = address
        self.directory = world.directory / name
        # Its /var/lib/tresccad, seen from outside.
        self.state = self.directory / "state"
        # For what a pipeline keeps there; the same path inside and outside.
        self.work = self.directory / "bench"
        self._world = world
        self._holder = int((self.directory / "holder.pid").read_text())
        self.network = Network(Path(f"/proc/{self._holder}/ns/net"))
        self.cpu_of_commands = 0.0

    def run(self, command: Sequence[str], seconds: float = 3600) -> str:
        """Runs a program inside; what it cost is added to cpu_of_commands. Raises CommandFailed."""
        inside = ["nsenter", "--target", str(self._holder), "--net", "--mount", "--uts", "--"]
        before = _cpu_of_children()
        try:
            return run(inside + list(command), seconds)
        finally:
            self.cpu_of_commands += _cpu_of_children() - before

    def daemon(self, verb: str) -> None:
        """Starts or stops tresccad."""
        self._world.hosts("daemon", self.name, verb)

    def limit(self, rate: str) -> None:
        """Limits its cable, both ways: RATE as tc writes it, or "none"."""
        self._world.hosts("link", self.name, "rate", rate)

    def bytes_sent(self) -> int:
        """Bytes of link layer frames that left through its cable since it was made."""
        for line in Path(f"/proc/{self._holder}/net/dev").read_text().splitlines():
            name, _, counters = line.partition(":")
            if name.strip() == "eth0":
                return int(counters.split()[8])
        raise ValueError(f"{self.name} has no eth0")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class World:
    """A set of hosts with running daemons. A context manager: afterwards nothing is left."""

    def __init__(self, names: Sequence[str]) -> None:
        self.set_name = f"bench{os.getpid()}"
        root = os.environ.get("TRESCCAD_HOSTS_DIR", "/var/tmp/tresccad-hosts")
        self.directory = Path(root).resolve() / self.set_name
        self._names = list(names)
        self._hosts: Dict[str, Host] = {}

    def __enter__(self) -> "World":
        try:
            self.hosts("up", *self._names)
            for line in (self.directory / "members.txt").read_text().splitlines():
                name, address = line.split()
                self._hosts[name] = Host(self, name, address)
            for host in self._hosts.values():
                host.work.mkdir()
            with ThreadPoolExecutor() as starting:
                started = [starting.submit(host.daemon, "start") for host in self.all()]
            for each in started:
                each.result()
        except BaseException:
            self._take_down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._take_down()

    def _take_down(self) -> None:
        # Nobody's impatience may leave half of it behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.hosts("down")

    def hosts(self, command: str, *arguments: str) -> str:
        """bin/hosts COMMAND --set SET ARGUMENTS..."""
        program = str(REPOSITORY / "bin/hosts")
        return run([program, command, "--set", self.set_name, *arguments])

    def host(self, name: str) -> Host:
        """The host of that name."""
        return self._hosts[name]

    def all(self) -> List[Host]:
        """All hosts."""
        return list(self._hosts.values())

    def internet(self) -> Network:
        """Where clients live."""
        return Network(Path(f"/run/netns/tc-{self.set_name}-internet"))
