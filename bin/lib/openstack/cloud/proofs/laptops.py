"""A host behind NAT and the cloud: a guest goes in, from node to node, and asks to go home."""

import json
import os
import subprocess
from pathlib import Path
from typing import ClassVar, List

from cloud import connect, smoke
from cloud.contents import ACCOUNTS
from cloud.layout import CLOUD, COMPUTE_URL, IDENTITY_URL, NODES, PASSWORD, REGION
from cloud.namespaces import entering, first_process
from cloud.proofs.case import Case

_REPOSITORY = Path(__file__).resolve().parents[5]
_HOSTS = Path(os.environ.get("TRESCCAD_HOSTS_DIR", "/var/tmp/tresccad-hosts"))
_LAPTOP, _LAPTOP_ADDRESS = "laptop", "198.18.0.11"
_SECONDS = 300


class Laptops(Case):
    """One host in namespaces of its own, whose daemon knows the cloud; no way leads back to it."""

    # Of the network namespace where the proofs were started; they work in the cloud's.
    origin: ClassVar[int]
    hosts_set: ClassVar[str]
    clients: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.hosts_set = f"prove{os.getpid()}"
        cls.clients = cls.layout.state / "laptop-clouds.yaml"
        cls.addClassCleanup(cls.hosts, "down")
        cls.hosts("up", _LAPTOP)
        connect.connect(cls.layout, cls.hosts_set)
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
        files = _HOSTS / cls.hosts_set
        # JSON is YAML.
        entry = f"  {CLOUD}: {json.dumps(cloud)}\n"
        known = (files / "clouds.yaml").read_text(encoding="utf-8")
        cls.clients.write_text(known + entry, encoding="utf-8")
        cls.clients.chmod(0o600)
        etc = files / _LAPTOP / "etc"
        (etc / "clouds.yaml").write_text("clouds:\n" + entry, encoding="utf-8")
        with open(etc / "tresccad.yaml", "a", encoding="utf-8") as configuration:
            configuration.write("migration:\n  inbox_interval: 1s\n")
        cls.hosts("daemon", _LAPTOP, "start")

    @classmethod
    def hosts(cls, command: str, *arguments: str) -> str:
        """What bin/hosts prints."""
        outside = ["nsenter", f"--net=/proc/{os.getpid()}/fd/{cls.origin}"]
        program = [str(_REPOSITORY / "bin" / "hosts"), command, "--set", cls.hosts_set]
        return cls.output([*outside, *program, *arguments])

    @classmethod
    def client(cls, *command: str) -> str:
        """What a client prints that reaches both the laptop and the cloud."""
        return cls.hosts("exec", "internet", *command)

    @classmethod
    def output(cls, command: List[str]) -> str:
        done = subprocess.run(
            command,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(cls.clients)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.stdout} {done.stderr}")
        return done.stdout

    def tresccac(self, *arguments: str) -> str:
        return self.client(str(_REPOSITORY / "bin" / "tresccac"), *arguments)

    def spawn(self, name: str) -> None:
        """A guest on the laptop that does as its metadata say."""
        self.tresccac(
            *("--cloud", _LAPTOP, "spawn", str(smoke.GUESTS / "base.qcow2"), "--name", name),
            *("--kernel", str(smoke.GUESTS / "vmlinuz"), "--ramdisk", str(smoke.GUESTS / "initrd")),
            *("--cmdline", "console=ttyS0 guest=agent", "--flavor", "tiny"),
            *("--property", "tresccad:migration=allowed", "--wait"),
        )
        self.await_at_laptop(name, 3)

    def at_laptop(self, name: str) -> List[int]:
        """What the guest has counted there, by an unmodified client; nothing when it is gone."""
        program = ["openstack", "--os-cloud", _LAPTOP, "console", "log", "show", name]
        try:
            return smoke.ticks(self.client(*program).replace("\r", ""))
        except AssertionError:
            return []

    def await_at_laptop(self, name: str, count: int) -> List[int]:
        """Until it has counted so often; all of it."""
        found: List[int] = []

        def counts() -> bool:
            found[:] = self.at_laptop(name)
            return len(found) >= count

        self.await_that(f"{name} counts on the laptop", counts)
        return found

    def server_in_cloud(self) -> str:
        (server,) = self.demo.get(f"{COMPUTE_URL}/servers")["servers"]
        return str(server["id"])

    def assert_counts_on(self, numbers: List[int], last: int) -> int:
        """Nothing is left out or said twice since; the last one."""
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))
        self.assertGreater(numbers[0], last)
        return numbers[-1]

    def assert_laptop_cannot_be_called(self) -> None:
        for node in NODES:
            call = ["curl", "--silent", "--max-time", "3", f"telnet://{_LAPTOP_ADDRESS}:8774"]
            inside = entering(first_process(self.layout, node.name))
            done = subprocess.run([*inside, *call], stdin=subprocess.DEVNULL, capture_output=True)
            # curl(1): 7, no connection; 28, no answer in time.
            self.assertIn(done.returncode, (7, 28))

    def test_a_guest_goes_into_the_cloud_to_the_other_node_and_asks_to_go_home(self) -> None:
        self.assert_laptop_cannot_be_called()
        self.spawn("web")
        last = self.assert_counts_on(self.at_laptop("web"), 0)

        self.tresccac("migrate", "web", "--source", _LAPTOP, "--dest", CLOUD)
        server = self.server_in_cloud()
        self.await_counting(server)
        last = self.assert_counts_on(self.ticks(server), last)

        source = self.host(server)
        image = self.save(server)
        self.await_gone(server)
        self.avoid(source)
        server = self.restore(image)
        self.await_counting(server)
        self.doCleanups()
        self.assertNotEqual(self.host(server), source)
        last = self.assert_counts_on(self.ticks(server), last)

        wish = {"metadata": {"move_to": _LAPTOP}}
        self.demo.post(f"{COMPUTE_URL}/servers/{server}/metadata", wish)
        self.await_gone(server)
        self.assert_counts_on(self.await_at_laptop("web", 3), last)
        self.assertEqual(self.demo.get(f"{COMPUTE_URL}/servers")["servers"], [])
