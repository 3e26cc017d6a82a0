"""tresccad hosts that know the cloud, as laptops behind NAT do; no way leads back to them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence

from cloud import configuration, connect, tresccac
from cloud.contents import ACCOUNTS
from cloud.layout import CLOUD, SITE, Layout
from cloud.rest import Identity, Session

_REPOSITORY = Path(__file__).resolve().parents[4]
_HOSTS = Path(os.environ.get("TRESCCAD_HOSTS_DIR", "/var/tmp/tresccad-hosts"))
_SECONDS = 300

# bin/hosts counts addresses from here, in the order of the names.
_FIRST = 11


class ClientFailed(Exception):
    """A program did not end well; the message has what it printed."""


class Hosts:
    """Each in namespaces of its own, with a daemon; a context manager.

    origin: a descriptor of the network namespace where bin/hosts is to work, whatever namespace
    this process is in by then.
    """

    def __init__(self, layout: Layout, origin: int, names: Sequence[str]) -> None:
        self._layout = layout
        self._origin = origin
        self._names = list(names)
        self._set = f"nat{os.getpid()}"
        self._clouds = layout.state / "hosts-clouds.yaml"

    def __enter__(self) -> "Hosts":
        try:
            self._up()
        except BaseException:
            self.run("down")
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.run("down")

    def _up(self) -> None:
        self.run("up", *self._names)
        connect.connect(self._layout, self._set)
        cloud: Dict[str, object] = {
            **configuration.cloud(ACCOUNTS["demo"], SITE),
            "tresccad": {"projects": ["demo"], "inbox": True},
        }
        # JSON is YAML.
        entry = f"  {CLOUD}: {json.dumps(cloud)}\n"
        known = (_HOSTS / self._set / "clouds.yaml").read_text(encoding="utf-8")
        self._clouds.write_text(known + entry, encoding="utf-8")
        self._clouds.chmod(0o600)
        for name in self._names:
            etc = _HOSTS / self._set / name / "etc"
            # They know the cloud, and not each other.
            (etc / "clouds.yaml").write_text("clouds:\n" + entry, encoding="utf-8")
            with open(etc / "tresccad.yaml", "a", encoding="utf-8") as settings:
                settings.write("migration:\n  inbox_interval: 1s\n")
            self.run("daemon", name, "start")

    def address(self, name: str) -> str:
        """Where one of them is, in the network of clients."""
        return f"198.18.0.{_FIRST + self._names.index(name)}"

    @property
    def network(self) -> Path:
        """The namespace from which both they and the cloud are reached."""
        return connect.network(self._set)

    def session(self, name: str) -> Session:
        """Of a host's user demo; in that namespace."""
        url = f"https://{self.address(name)}:8774/identity/v3"
        authority = _HOSTS / self._set / name / "state" / "tls" / "certificate.pem"
        return Session("demo", "demo", Identity(url, "demo-password", authority))

    def run(self, command: str, *arguments: str) -> str:
        """What bin/hosts prints. Raises ClientFailed."""
        outside = ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self._origin}"]
        program = [str(_REPOSITORY / "bin" / "hosts"), command, "--set", self._set]
        return self._output([*outside, *program, *arguments])

    def client(self, *command: str) -> str:
        """What a client prints that reaches both hosts and cloud. Raises ClientFailed."""
        return self.run("exec", "internet", *command)

    def tresccac(self, *arguments: str) -> str:
        """What it prints. Raises ClientFailed."""
        return self.client(tresccac.PROGRAM, *arguments)

    def _output(self, command: List[str]) -> str:
        done = subprocess.run(
            command,
            env=tresccac.environment(self._layout, self._clouds),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise ClientFailed(f"{' '.join(command)}: {done.stdout} {done.stderr}")
        return done.stdout
