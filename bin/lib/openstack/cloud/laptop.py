"""A tresccad host that knows the cloud, as a laptop behind NAT does; no way leads back to it."""

import json
import os
import subprocess
from pathlib import Path
from typing import List

from cloud import connect
from cloud.contents import ACCOUNTS
from cloud.layout import CLOUD, IDENTITY_URL, PASSWORD, REGION, Layout
from cloud.rest import Identity, Session

_REPOSITORY = Path(__file__).resolve().parents[4]
_HOSTS = Path(os.environ.get("TRESCCAD_HOSTS_DIR", "/var/tmp/tresccad-hosts"))
_SECONDS = 300

LAPTOP, LAPTOP_ADDRESS = "laptop", "198.18.0.11"


class ClientFailed(Exception):
    """A program did not end well; the message has what it printed."""


class Laptop:
    """In namespaces of its own; a context manager.

    origin: a descriptor of the network namespace where bin/hosts is to work, whatever namespace
    this process is in by then.
    """

    def __init__(self, layout: Layout, origin: int) -> None:
        self._layout = layout
        self._origin = origin
        self._set = f"nat{os.getpid()}"
        self._clouds = layout.state / "laptop-clouds.yaml"

    def __enter__(self) -> "Laptop":
        try:
            self._up()
        except BaseException:
            self.hosts("down")
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.hosts("down")

    def _up(self) -> None:
        self.hosts("up", LAPTOP)
        connect.connect(self._layout, self._set)
        user, project = ACCOUNTS["demo"]
        cloud = {
            "auth": {
                "auth_url": IDENTITY_URL,
                "username": user,
                "password": PASSWORD,
                "project_name": project,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": REGION,
            "identity_api_version": 3,
            "tresccad": {"projects": ["demo"], "inbox": True},
        }
        # JSON is YAML.
        entry = f"  {CLOUD}: {json.dumps(cloud)}\n"
        known = (_HOSTS / self._set / "clouds.yaml").read_text(encoding="utf-8")
        self._clouds.write_text(known + entry, encoding="utf-8")
        self._clouds.chmod(0o600)
        etc = self._directory / "etc"
        (etc / "clouds.yaml").write_text("clouds:\n" + entry, encoding="utf-8")
        with open(etc / "tresccad.yaml", "a", encoding="utf-8") as configuration:
            configuration.write("migration:\n  inbox_interval: 1s\n")
        self.hosts("daemon", LAPTOP, "start")

    @property
    def _directory(self) -> Path:
        return _HOSTS / self._set / LAPTOP

    @property
    def network(self) -> Path:
        """The namespace from which both the laptop and the cloud are reached."""
        return connect.network(self._set)

    def session(self) -> Session:
        """Of its user demo; in that namespace."""
        url = f"https://{LAPTOP_ADDRESS}:8774/identity/v3"
        authority = self._directory / "state" / "tls" / "certificate.pem"
        return Session("demo", "demo", Identity(url, "demo-password", authority))

    def hosts(self, command: str, *arguments: str) -> str:
        """What bin/hosts prints. Raises ClientFailed."""
        outside = ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self._origin}"]
        program = [str(_REPOSITORY / "bin" / "hosts"), command, "--set", self._set]
        return self._output([*outside, *program, *arguments])

    def client(self, *command: str) -> str:
        """What a client prints that reaches both the laptop and the cloud. Raises ClientFailed."""
        return self.hosts("exec", "internet", *command)

    def tresccac(self, *arguments: str) -> str:
        """What it prints. Raises ClientFailed."""
        return self.client(str(_REPOSITORY / "bin" / "tresccac"), *arguments)

    def _output(self, command: List[str]) -> str:
        done = subprocess.run(
            command,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(self._clouds)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise ClientFailed(f"{' '.join(command)}: {done.stdout} {done.stderr}")
        return done.stdout
