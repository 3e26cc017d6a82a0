"""What is to be reached, and whether it was. All figures are medians of the rounds of one run."""

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional

from bench.figures import Figures, Scenario, link_bits

DIRTY_KIB = 4883  # 5 MB a second
_OLD = "2014"
_MIB = 1 << 20


@dataclass(frozen=True)
class Goal:
    """One thing to reach.

    limit: what the figure may be at most; got: what it is, None when it was not measured. Both are
    ratios, or in UNIT. bound: what keeps the figure from being smaller.
    """

    what: str
    limit: float
    got: Optional[float]
    unit: str
    bound: str

    @property
    def reached(self) -> Optional[bool]:
        """None when it was not measured."""
        return None if self.got is None else self.got <= self.limit

    def as_json(self) -> Dict[str, Any]:
        """For a file."""
        return {
            "what": self.what,
            "limit": self.limit,
            "got": self.got,
            "unit": self.unit,
            "reached": self.reached,
        }


_STOP_AND_COPY = (
    "the guest stands still while both hosts, which share these cores here, write, compress, "
    "verify and unpack its memory and overlay, and while QEMU then takes the whole memory in, on "
    "one core; that begins once the overlay is there, for QEMU opens it at its start"
)
_LINK = (
    "what has to be sent takes nearly that long by itself at the link's rate, although the level "
    "of zstd rises to 11 meanwhile: most of it are random bytes"
)
_FREEZE = (
    "after the freeze memory and overlay are written and compared once more at the source, and the "
    "overlay is rebuilt at the target, all on the same cores here; QEMU there has most of the "
    "memory by then and takes in what changed"
)


def goals(figures: Figures) -> List[Goal]:
    """All of them, in the order of the documents."""
    found: List[Goal] = []

    def ratio(
        what: str, limit: float, scenario: Scenario, pipeline: str, figure: str, bound: str
    ) -> None:
        new = figures.median(scenario, pipeline, figure)
        old = figures.median(scenario, _OLD, figure)
        got = None if new is None or not old else new / old
        found.append(Goal(f"{what}, {scenario.title()}, {pipeline}", limit, got, "of 2014", bound))

    free, slow = Scenario(512, "unlimited"), Scenario(512, "100mbit")
    ratio("Interruption", 1 / 15, free, "package", "interruption_s", _STOP_AND_COPY)
    ratio("Interruption", 1 / 4, slow, "package", "interruption_s", _LINK)
    for scenario in (free, slow):
        sent = "memory and overlay have to be sent once; what zip and zstd make of them is alike"
        ratio("Bytes on the wire", 1 / 2, scenario, "package", "wire_bytes", sent)
        room = (
            "the source's memory file, which is kept until the guest runs elsewhere, as it is what "
            "a power cut leaves of it, and the target's overlay, which it runs from; 2014 removes "
            "here whatever its next step does not need, and takes more when it does not"
        )
        ratio("Peak extra disk, all hosts", 1 / 3, scenario, "package", "disk_all_bytes", room)
    ratio("Interruption", 1 / 40, free, "warm", "interruption_s", _FREEZE)
    ratio("Interruption", 1 / 25, slow, "warm", "interruption_s", _FREEZE)
    busy = Scenario(512, "100mbit", DIRTY_KIB)
    rate = _FREEZE + "; the guest changes 40 Mbit/s, a large part of what the link takes"
    ratio("Interruption", 1 / 8, busy, "warm", "interruption_s", rate)
    narrow = Scenario(512, "10mbit")
    found.append(
        Goal(
            f"Interruption, {narrow.title()}, warm",
            2.0,
            figures.median(narrow, "warm", "interruption_s"),
            "s",
            _FREEZE,
        )
    )
    found.extend(_each(figures, "package", _wire_time))
    for pipeline in ("package", "warm"):
        found.extend(_each(figures, pipeline, _return_trip))
    large = [each for each in figures.scenarios() if each.memory_mib == 2048]
    for scenario in large:
        for pipeline in ("package", "warm"):
            heap = figures.spread(scenario, pipeline, "heap_committed_bytes")
            if heap is not None:
                what = f"Daemon's heap, {scenario.title()}, {pipeline}"
                bound = "the daemon is started with -Xmx256m"
                found.append(Goal(what, 256.0, heap.most / _MIB, "MiB", bound))
    return found


def _each(
    figures: Figures, pipeline: str, make: Callable[[Figures, Scenario, str], Optional[Goal]]
) -> List[Goal]:
    made = (make(figures, scenario, pipeline) for scenario in figures.scenarios())
    return [goal for goal in made if goal is not None]


def _wire_time(figures: Figures, scenario: Scenario, pipeline: str) -> Optional[Goal]:
    if scenario.link != "100mbit" or scenario.dirty_kib or scenario.memory_mib < 512:
        return None
    seconds = figures.median(scenario, pipeline, "wire_s")
    count = figures.median(scenario, pipeline, "wire_bytes")
    bits = link_bits(scenario.link)
    if seconds is None or count is None or bits is None:
        return None
    what = f"Time on the wire, {scenario.title()}, {pipeline}"
    bound = "the link has to be kept full from the first byte to the last"
    return Goal(what, 1.15, seconds / (count * 8 / bits), "of bytes/rate", bound)


def _return_trip(figures: Figures, scenario: Scenario, pipeline: str) -> Optional[Goal]:
    if scenario.dirty_kib:
        return None
    back = figures.median(scenario, f"{pipeline}-return", "wire_bytes")
    first = figures.median(scenario, pipeline, "wire_bytes")
    if back is None or not first:
        return None
    what = f"Bytes of the return trip, {scenario.title()}, {pipeline}"
    bound = "what the host kept of the last visit has to be named instead of sent"
    return Goal(what, 1 / 10, back / first, "of the first trip", bound)
