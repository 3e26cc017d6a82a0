"""The guests that are moved: how large, what is in them, how they are started."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Tuple

from bench import feed, observer
from bench.api import Api, Refused
from bench.world import GATEWAY, INTERNET, REPOSITORY, Host, run

BUILT = REPOSITORY / "test-vms/target"
# For a guest under emulation to boot and to be filled.
_PATIENCE_SECONDS = 900.0


@dataclass(frozen=True)
class Load:
    """What is in a guest, in MiB; see bench.feed for the kinds. FLAVOR has its memory and disk."""

    flavor: str
    memory: str
    overlay: str


LOADS: Dict[int, Load] = {
    128: Load("tiny", "text:20,random:14,zero:10", "text:20,random:30"),
    512: Load("small", "text:120,random:90,zero:90", "text:60,random:90"),
    2048: Load("medium", "text:320,random:220,zero:500", "text:120,random:180"),
}
# To see that everything works, and nothing else.
SMOKE_LOAD = Load("tiny", "text:6,random:4,zero:4", "text:2,random:2")


class Base:
    """The guests' images at a host: the same for all, but for the kernel's command line."""

    def __init__(self, api: Api, directory: Path) -> None:
        self._api = api
        self._disk = make_disk(directory)
        self._kernel = api.make_image("vmlinuz", "aki aki", {})
        api.upload(self._kernel, BUILT / "vmlinuz")
        self._ramdisk = api.make_image("initrd", "ari ari", {})
        api.upload(self._ramdisk, BUILT / "initrd")

    def image(self, name: str, command_line: str) -> str:
        """An image that boots with this command line; its id."""
        properties = {
            "kernel_id": self._kernel,
            "ramdisk_id": self._ramdisk,
            "os_command_line": command_line,
        }
        image = self._api.make_image(name, "qcow2 bare", properties)
        self._api.upload(image, self._disk)
        return image


def make_disk(directory: Path) -> Path:
    """An empty file system, large enough for any load; made once."""
    disk = directory / "bench.qcow2"
    if not disk.exists():
        raw = directory / "bench.raw"
        run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", "bench", str(raw), "512M"])
        run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(disk)])
        raw.unlink()
    return disk


@dataclass
class Guest:
    """A guest that runs at HOST as instance ID."""

    api: Api
    server: str
    image: str

    @property
    def host(self) -> Host:
        """Where it is."""
        return self.api.host

    def console(self) -> str:
        """What it wrote since it came here."""
        log = self.host.state / "instances" / self.server / "console.log"
        return log.read_text(errors="replace").replace("\r", "") if log.exists() else ""

    def dirtied_per_second(self) -> float:
        """KiB it rewrote a second, as it says itself; 0 when it says nothing."""
        found = re.findall(r"^dirtied (\d+) KiB in (\d+) hundredths$", self.console(), re.M)
        return int(found[-1][0]) * 100 / int(found[-1][1]) if found else 0.0


def spawn(api: Api, base: Base, load: Load, dirty_kib: int) -> Guest:
    """Boots a guest and waits until it is filled and pulses. Raises TimeoutError."""
    words = [
        "console=ttyS0 guest=tick",
        f"pulse={GATEWAY}:{observer.PORT}",
        f"feed={INTERNET}:{feed.PORT}",
        f"fill={load.memory}",
        f"overlay={load.overlay}",
    ]
    ready = ["pulse ready", "fill ready"]
    if dirty_kib:
        words.append(f"dirty={dirty_kib}")
        ready.append("dirtied ")
    image = base.image("bench", " ".join(words))
    wanted = {
        "name": "bench",
        "imageRef": image,
        "flavorRef": _flavor(api, load.flavor),
    }
    path = "/compute/v2.1/servers"
    guest = Guest(api, str(api.ask("POST", path, {"server": wanted})["server"]["id"]), image)
    end = time.monotonic() + _PATIENCE_SECONDS
    while not all(line in guest.console() for line in ready):
        if time.monotonic() > end:
            raise TimeoutError(f"the guest did not become ready:\n{guest.console()[-1000:]}")
        if api.ask("GET", f"{path}/{guest.server}")["server"]["status"] == "ERROR":
            raise RuntimeError("the guest could not be started, see the daemon's log")
        time.sleep(0.5)
    return guest


def remove(guest: Guest, home: Api) -> None:
    """Deletes a guest wherever it is and its image at HOME, where it was started."""
    for api, path in (
        (guest.api, f"/compute/v2.1/servers/{guest.server}"),
        (home, f"/image/v2/images/{guest.image}"),
    ):
        try:
            api.ask("DELETE", path)
        except Refused as refused:
            if refused.status != 404:
                raise
    end = time.monotonic() + 60
    while (guest.host.state / "instances" / guest.server).exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{guest.host.name} does not delete {guest.server}")
        time.sleep(0.1)


def _flavor(api: Api, name: str) -> str:
    flavors = api.ask("GET", "/compute/v2.1/flavors")["flavors"]
    return str(next(flavor["id"] for flavor in flavors if flavor["name"] == name))


def sizes(load: Load) -> Tuple[int, int]:
    """MiB of stated content in memory and on the disk."""

    def total(parts: str) -> int:
        return sum(int(part.split(":")[1]) for part in parts.split(","))

    return total(load.memory), total(load.overlay)
