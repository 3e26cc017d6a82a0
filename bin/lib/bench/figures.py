"""The figures of single runs, and medians of them."""

import statistics
from dataclasses import asdict, dataclass, fields
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

# In the order in which tables show them.
PIPELINES = ("2014", "2014-stored", "package", "package-return", "warm", "warm-return")
LINKS = ("unlimited", "100mbit", "10mbit")


def link_bits(link: str) -> Optional[int]:
    """Bits a second; None when it is not limited."""
    return None if link == "unlimited" else int(link[: -len("mbit")]) * 1_000_000


@dataclass(frozen=True, order=True)
class Scenario:
    """A guest and the cables of both hosts. DIRTY_KIB: what it rewrites a second."""

    memory_mib: int
    link: str
    dirty_kib: int = 0

    def title(self) -> str:
        """For people."""
        link = (
            "link not limited" if self.link == "unlimited" else self.link.replace("mbit", " Mbit/s")
        )
        busy = f", rewrites {self.dirty_kib / 1000 * 1.024:.0f} MB/s" if self.dirty_kib else ""
        return f"{self.memory_mib} MiB, {link}{busy}"


@dataclass(frozen=True)
class Run:
    """One move. Times in seconds; see bench.observer.Gap and bench.meter.Cost for their meaning.

    total_s: from the request to the first pulse at the target.
    wire_bytes: what all hosts sent; sent_bytes says who.
    disk_*_bytes: most extra room, at the source, the target, the store, and of all at one moment.
    heap_used_bytes, heap_committed_bytes: the larger one of the two daemons'.
    disk_kept_bytes: most extra room of what hosts keep of a visit, which is in none of these.
    disk_parts_bytes: the same for each directory of a host's state ("bench": of the 2014 pipeline).
    others_share: how busy all else kept the machine meanwhile, 0 to 1.
    dirtied_kib_s: what the guest says it rewrote a second before the move.
    """

    scenario: Scenario
    pipeline: str
    round: int
    interruption_s: float
    total_s: float
    longest_pause_s: float
    pulse_period_s: float
    lost_pulses: int
    wire_bytes: int
    wire_s: float
    sent_bytes: Mapping[str, int]
    disk_source_bytes: int
    disk_target_bytes: int
    disk_store_bytes: int
    disk_all_bytes: int
    disk_kept_bytes: int
    disk_parts_bytes: Mapping[str, int]
    cpu_s: float
    others_share: float
    heap_used_bytes: int
    heap_committed_bytes: int
    dirtied_kib_s: float
    phases_s: Mapping[str, float]

    def as_json(self) -> Dict[str, Any]:
        """For a file."""
        return asdict(self)

    @staticmethod
    def from_json(values: Dict[str, Any]) -> "Run":
        """From a file."""
        known = {field.name for field in fields(Run)}
        if set(values) != known:
            raise ValueError(f"a run has other figures: {sorted(known ^ set(values))}")
        converted: Dict[str, Any] = {**values, "scenario": Scenario(**values["scenario"])}
        return Run(**converted)


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, the least and the most."""

    median: float
    least: float
    most: float

    @staticmethod
    def of(values: Iterable[float]) -> "Spread":
        """Of at least one value."""
        each = list(values)
        return Spread(statistics.median(each), min(each), max(each))


class Figures:
    """All runs, by scenario and pipeline."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs: Dict[Tuple[Scenario, str], List[Run]] = {}
        for run in runs:
            self._runs.setdefault((run.scenario, run.pipeline), []).append(run)

    def scenarios(self) -> List[Scenario]:
        """Small guests first, fast links first."""
        known = {scenario for scenario, _ in self._runs}
        return sorted(
            known, key=lambda each: (each.memory_mib, LINKS.index(each.link), each.dirty_kib)
        )

    def pipelines(self, scenario: Scenario) -> List[str]:
        """Those that were run in it."""
        return [pipeline for pipeline in PIPELINES if (scenario, pipeline) in self._runs]

    def runs(self, scenario: Scenario, pipeline: str) -> List[Run]:
        """Its rounds; empty when it was not run."""
        return self._runs.get((scenario, pipeline), [])

    def spread(self, scenario: Scenario, pipeline: str, figure: str) -> Optional[Spread]:
        """Of a figure of Run, by name; None when it was not run."""
        runs = self.runs(scenario, pipeline)
        return Spread.of(getattr(run, figure) for run in runs) if runs else None

    def median(self, scenario: Scenario, pipeline: str, figure: str) -> Optional[float]:
        """The same, the median only."""
        spread = self.spread(scenario, pipeline, figure)
        return None if spread is None else spread.median

    def phases(self, scenario: Scenario, pipeline: str) -> Dict[str, float]:
        """Medians of the steps' seconds, in their order."""
        runs = self.runs(scenario, pipeline)
        names = list(runs[0].phases_s) if runs else []
        return {name: statistics.median(run.phases_s[name] for run in runs) for name in names}

    def medians_as_json(self) -> List[Dict[str, Any]]:
        """Median, least and most of every figure that is a number."""
        numbers = [
            field.name for field in fields(Run) if field.type in (float, int, "float", "int")
        ]
        rows = []
        for scenario in self.scenarios():
            for pipeline in self.pipelines(scenario):
                row: Dict[str, Any] = {"scenario": asdict(scenario), "pipeline": pipeline}
                row["rounds"] = len(self.runs(scenario, pipeline))
                for name in numbers:
                    if name != "round":
                        spread = self.spread(scenario, pipeline, name)
                        assert spread is not None
                        row[name] = asdict(spread)
                rows.append(row)
        return rows
