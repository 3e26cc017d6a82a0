"""Measures save and restore through Nova beside those of tresccad's own daemon, in turn, on one
machine; writes docs/performance-openstack.md."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List

from cloud import smoke
from cloud.contents import ACCOUNTS
from cloud.hosts import Hosts
from cloud.layout import Layout
from cloud.namespaces import NodeFailed, enter_network
from cloud.rest import Session

_REPOSITORY = Path(__file__).resolve().parents[4]
_DOCUMENT = _REPOSITORY / "docs" / "performance-openstack.md"
_SECONDS = 300.0
_POLL_SECONDS = 0.02
# What the prototype of 2014 published for its smallest guest on OpenStack.
_SAVE_2014, _RESTORE_2014 = 16.4, 14.9


@dataclass(frozen=True)
class Times:
    """Seconds from the request until the server is gone, and until the restored one is ACTIVE."""

    save: float
    restore: float


class Place:
    """Where guests are booted, saved and restored by Nova's and Glance's API."""

    def __init__(self, name: str, session: Session, server: Dict[str, Any]) -> None:
        """server: what every request for one has."""
        self.name = name
        self.times: List[Times] = []
        self._session = session
        self._compute = session.endpoint("compute").rstrip("/")
        self._images = session.endpoint("image").rstrip("/") + "/v2/images"
        self._more = server
        self._base = self._upload_guest()

    def _upload_guest(self) -> str:
        properties = {"os_command_line": "console=ttyS0 guest=tick"}
        for name, form, file in (("kernel", "aki", "vmlinuz"), ("ramdisk", "ari", "initrd")):
            properties[f"{name}_id"] = self._upload(name, form, form, file, {})
        return self._upload("disk", "qcow2", "bare", "base.qcow2", properties)

    def _upload(
        self, name: str, form: str, container: str, file: str, properties: Dict[str, str]
    ) -> str:
        image = {"name": name, "disk_format": form, "container_format": container, **properties}
        made = str(self._session.post(self._images, image)["id"])
        self._session.upload(f"{self._images}/{made}/file", smoke.GUESTS / file)
        return made

    def measure(self) -> None:
        """Once. The guest counts before and after."""
        flavors = self._session.get(f"{self._compute}/flavors/detail")["flavors"]
        wanted = {
            "name": "measured",
            "imageRef": self._base,
            "flavorRef": next(each["id"] for each in flavors if each["ram"] == 128),
            **self._more,
        }
        server = self._session.post(f"{self._compute}/servers", {"server": wanted})["server"]["id"]
        self._await_counting(server, 3)

        begun = time.monotonic()
        image = self._session.post(f"{self._compute}/servers/{server}/save", {})["image_id"]
        self._await("it is gone", lambda: self._is(server, "gone"))
        saved = time.monotonic() - begun

        begun = time.monotonic()
        body = {"image_id": image}
        server = self._session.post(f"{self._compute}/servers/restore", body)["server"]["id"]
        self._await("it is restored", lambda: self._is(server, "ACTIVE"))
        self.times.append(Times(saved, time.monotonic() - begun))
        self._await_counting(server, 1)
        self._session.delete(f"{self._compute}/servers/{server}")
        self._await("it is deleted", lambda: self._is(server, "gone"))

    def _is(self, server: str, status: str) -> bool:
        servers = self._session.get(f"{self._compute}/servers/detail")["servers"]
        found = "".join(each["status"] for each in servers if each["id"] == server) or "gone"
        if found == "ERROR":
            raise NodeFailed(f"{self.name}: server {server} is in ERROR")
        return found == status

    def _await_counting(self, server: str, ticks: int) -> None:
        self._await("it is there", lambda: self._is(server, "ACTIVE"))
        url = f"{self._compute}/servers/{server}/action"
        action: Dict[str, Any] = {"os-getConsoleOutput": {}}
        self._await(
            "its guest counts",
            lambda: len(smoke.ticks(self._session.post(url, action)["output"])) >= ticks,
        )

    def _await(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise NodeFailed(f"{self.name}: not so after {_SECONDS:.0f} s: {what}")
            time.sleep(_POLL_SECONDS)


def measure(layout: Layout, rounds: int) -> None:
    """Needs a cloud that is up and empty. The document is written when there were three rounds."""
    origin = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        with Hosts(layout, origin, ["laptop"]) as hosts:
            enter_network(hosts.network)
            nova = Session(*ACCOUNTS["demo"])
            network = {"uuid": smoke.provider_network(nova)}
            places = (
                Place("OpenStack", nova, {"networks": [network]}),
                Place("tresccad", hosts.session("laptop"), {"networks": "auto"}),
            )
            for number in range(1, rounds + 1):
                for place in places:
                    place.measure()
                    last = place.times[-1]
                    print(
                        f"round {number}: {place.name}: save {last.save:.2f} s, "
                        f"restore {last.restore:.2f} s",
                        file=sys.stderr,
                        flush=True,
                    )
    finally:
        os.close(origin)
    print(table(*places))
    if rounds >= 3:
        _DOCUMENT.write_text(_document(rounds, table(*places)), encoding="utf-8")


def table(nova: Place, daemon: Place) -> str:
    """Markdown: medians, in brackets the least and the most."""
    rows = ["| | save, s | restore, s |", "| --- | --- | --- |"]
    for place in (nova, daemon):
        saves = [each.save for each in place.times]
        restores = [each.restore for each in place.times]
        rows.append(f"| {place.name} | {_spread(saves)} | {_spread(restores)} |")
    save = _saves(nova) / _saves(daemon)
    restore = _restores(nova) / _restores(daemon)
    rows.append(f"| OpenStack, of tresccad | {save:.1f} times | {restore:.1f} times |")
    rows.append(f"| the prototype of 2014, as published | {_SAVE_2014} | {_RESTORE_2014} |")
    return "\n".join(rows)


def _saves(place: Place) -> float:
    return statistics.median(each.save for each in place.times)


def _restores(place: Place) -> float:
    return statistics.median(each.restore for each in place.times)


def _spread(seconds: List[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})"


def _document(rounds: int, measured: str) -> str:
    commit = subprocess.run(
        ["git", "-C", str(_REPOSITORY), "rev-parse", "--short", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return f"""# Save and restore in an OpenStack
Written by `bin/openstack times`; do not edit. The smallest test guest (128 MiB), saved and restored
through Nova (Zed of Debian 12, two nodes, [openstack.md](openstack.md)) and through tresccad's own
daemon, in turn, on the same {os.cpu_count()} cores, under emulation (TCG); commit `{commit}`,
{time.strftime("%Y-%m-%d", time.gmtime())}, {rounds} rounds.

{measured}

*save*: from the request until the server is gone from the API; the package is complete then.
*restore*: from the request until the new server is ACTIVE. Both as a client sees it that asks every
{_POLL_SECONDS * 1000:.0f} ms. The prototype's figures are those it published for its smallest guest
on OpenStack, on hardware of then: they are beside these, not comparable with them.
"""
