"""What a move costs the hosts: room on disks, bytes on cables, CPU time, heap."""

import bisect
import mmap
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Set, Tuple

from bench.api import Api
from bench.world import Host

_STEP_SECONDS = 0.05
# Looking at all processes, and asking a daemon, cost more than looking at a few files.
_CPU_EACH = 4
_HEAP_EACH = 20
# The directory of a host's state with what it keeps of visits; it has a budget, so that what a move
# needs and what is kept are told apart.
KEPT = "kept"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What was used between begin and end.

    disk_bytes: for each host the most that its files took up more than at the beginning, in blocks
      of the file system; "all" is the most that all hosts took up at one moment. What they keep
      of visits is not in it, but under KEPT, of all hosts.
    disk_parts_bytes: the same for each directory of the first level, as "HOST/DIRECTORY".
    sent_bytes: for each host what left through its cable, link layer frames.
    wire_seconds: how long the bytes took: between 1 % and 99 % of them, scaled to all.
    cpu_seconds: of all processes of the hosts, QEMU and the guest in it included.
    others_share: how busy all else kept the machine meanwhile, 0 to 1 of all its cores.
    heap_bytes: for each host the most of the daemon's heap that was "used" and "committed".
    """

    disk_bytes: Mapping[str, int]
    disk_parts_bytes: Mapping[str, int]
    sent_bytes: Mapping[str, int]
    wire_seconds: float
    cpu_seconds: float
    others_share: float
    heap_bytes: Mapping[str, Mapping[str, int]]


class Meter:
    """Looks every 50 ms. A context manager; begin() and end() enclose what is measured."""

    def __init__(self, hosts: Sequence[Host], admins: Mapping[str, Api]) -> None:
        self._hosts = list(hosts)
        # By host; used by the meter's thread alone.
        self._admins = dict(admins)
        self._processes = _Processes({host.network.inode() for host in hosts})
        self._stop = threading.Event()
        self._failure: List[BaseException] = []
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)
        self._disk_before: Dict[str, Dict[str, int]] = {}
        self._disk_most: Dict[str, int] = {}
        self._parts_most: Dict[str, int] = {}
        self._sent_before: Dict[str, int] = {}
        self._sent: List[Tuple[float, int]] = []
        self._heap: Dict[str, Dict[str, int]] = {}
        self._cpu_before = 0.0
        self._machine_before = (0.0, 0.0)

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def begin(self) -> None:
        """From now on it is measured."""
        for admin in self._admins.values():
            admin.get_fresh_token()
        self._disk_before = {host.name: _disk_bytes(host) for host in self._hosts}
        self._disk_most = dict.fromkeys([*self._disk_before, "all", KEPT], 0)
        self._parts_most = {}
        self._sent_before = {host.name: host.bytes_sent() for host in self._hosts}
        self._look_at_heap()
        self._cpu_before = self._cpu()
        self._machine_before = _machine_seconds()
        self._thread.start()

    def end(self) -> Cost:
        """What was used since begin()."""
        self._stop.set()
        self._thread.join()
        if self._failure:
            raise self._failure[0]
        self._look_at_disks()
        self._look_at_cables()
        self._look_at_heap()
        cpu = self._cpu() - self._cpu_before
        busy, whole = (now - then for now, then in zip(_machine_seconds(), self._machine_before))
        return Cost(
            disk_bytes=dict(self._disk_most),
            disk_parts_bytes={name: most for name, most in self._parts_most.items() if most > 0},
            sent_bytes={
                host.name: host.bytes_sent() - self._sent_before[host.name] for host in self._hosts
            },
            wire_seconds=_duration(self._sent),
            cpu_seconds=cpu,
            others_share=max(0.0, busy - cpu) / whole,
            heap_bytes={name: dict(most) for name, most in self._heap.items()},
        )

    def _watch(self) -> None:
        try:
            step = 0
            while not self._stop.wait(_STEP_SECONDS):
                step += 1
                self._look_at_disks()
                self._look_at_cables()
                if step % _CPU_EACH == 0:
                    self._processes.look()
                if step % _HEAP_EACH == 0:
                    self._look_at_heap()
        except BaseException as failure:  # told by end(), in the thread that wants the figures
            self._failure.append(failure)

    def _look_at_disks(self) -> None:
        more = {KEPT: 0}
        for host in self._hosts:
            before, now = self._disk_before[host.name], _disk_bytes(host)
            for part in {*before, *now}:
                name, size = f"{host.name}/{part}", now.get(part, 0) - before.get(part, 0)
                self._parts_most[name] = max(self._parts_most.get(name, 0), size)
            kept = now.pop(KEPT, 0) - before.get(KEPT, 0)
            more[KEPT] += kept
            more[host.name] = sum(now.values()) - sum(before.values()) + before.get(KEPT, 0)
        more["all"] = sum(more[host.name] for host in self._hosts)
        for name, size in more.items():
            self._disk_most[name] = max(self._disk_most[name], size)

    def _look_at_cables(self) -> None:
        sent = sum(host.bytes_sent() - self._sent_before[host.name] for host in self._hosts)
        self._sent.append((time.monotonic(), sent))

    def _look_at_heap(self) -> None:
        for name, admin in self._admins.items():
            most = self._heap.setdefault(name, {"used": 0, "committed": 0})
            for kind, size in admin.heap().items():
                most[kind] = max(most[kind], size)

    def _cpu(self) -> float:
        return self._processes.look() + sum(host.cpu_of_commands for host in self._hosts)


def _disk_bytes(host: Host) -> Dict[str, int]:
    """What the host's files take up, by directory of the first level.

    A file counts once, however many names it has.
    """
    seen: Set[int] = set()
    sizes: Dict[str, int] = {}
    # "bench" is what the pipeline of 2014 keeps.
    directories: List[Tuple[str, Path | str]] = [("", host.state), ("bench", host.work)]
    while directories:
        part, directory = directories.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        directories.append((part or entry.name, entry.path))
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if status.st_ino not in seen:
                        seen.add(status.st_ino)
                        name = part or "database"
                        sizes[name] = sizes.get(name, 0) + status.st_blocks * 512
        except FileNotFoundError:
            continue
    return sizes


def _duration(sent: Sequence[Tuple[float, int]]) -> float:
    """Of a transfer, from (seconds, bytes so far), without its slow beginning and end."""
    if len(sent) < 2 or sent[-1][1] <= 0:
        return 0.0
    counts = [count for _, count in sent]
    begin = bisect.bisect_left(counts, counts[-1] * 0.01)
    end = bisect.bisect_left(counts, counts[-1] * 0.99)
    share = (counts[end] - counts[begin]) / counts[-1]
    return (sent[end][0] - sent[begin][0]) / share if share else 0.0


class _Processes:
    """The CPU time of all processes in some network namespaces, in seconds.

    A process that ended counts in its parent's time once that has waited for it; if the parent is
    none of these (a daemonised QEMU), its last reading is kept. Children of this program are left
    out: Host.run knows exactly what they used.
    """

    def __init__(self, namespaces: Set[int]) -> None:
        self._names = {f"net:[{inode}]" for inode in namespaces}
        self._alive: Dict[Tuple[int, int], Tuple[int, int]] = {}
        self._ended = 0

    def look(self) -> float:
        """The sum since these processes began."""
        now: Dict[Tuple[int, int], Tuple[int, int]] = {}
        for directory in os.listdir("/proc"):
            if not directory.isdigit():
                continue
            try:
                if os.readlink(f"/proc/{directory}/ns/net") not in self._names:
                    continue
                with open(f"/proc/{directory}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                # It just ended, or it is not ours.
                continue
            parent, begun = int(fields[1]), int(fields[19])
            if parent != os.getpid():
                now[(int(directory), begun)] = (parent, sum(map(int, fields[11:15])))
        pids = {pid for pid, _ in now}
        for key, (parent, ticks) in self._alive.items():
            if key not in now and parent not in pids:
                self._ended += ticks
        self._alive = now
        return (self._ended + sum(ticks for _, ticks in now.values())) / _TICKS


def fresh_memory_rate() -> float:
    """MB a second at which memory that nobody used before can be written for the first time.

    Where this machine is a guest whose free memory goes back to its host, that can be slower than
    a disk, and a frozen guest's memory has to be written into such memory twice.
    """
    size = 256 << 20
    with mmap.mmap(-1, size) as memory:
        begin = time.monotonic()
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1
        return size / 1e6 / (time.monotonic() - begin)


def busy_share(seconds: float = 2.0) -> float:
    """How busy the machine is with anything, 0 to 1 of all its cores."""
    busy_before, whole_before = _machine_seconds()
    time.sleep(seconds)
    busy, whole = _machine_seconds()
    return (busy - busy_before) / (whole - whole_before)


def _machine_seconds() -> Tuple[float, float]:
    """All cores' seconds with something to do, and all their seconds, since the machine started.

    This program's own are left out of the busy ones: it does the same for every pipeline.
    """
    line = Path("/proc/stat").read_text().split("\n")[0]
    # user nice system idle iowait irq softirq steal
    fields = [int(field) for field in line.split()[1:9]]
    whole = sum(fields) / _TICKS
    own = time.process_time()
    return whole - (fields[3] + fields[4]) / _TICKS - own, whole
