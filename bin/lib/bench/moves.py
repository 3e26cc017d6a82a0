"""Runs all pipelines on the same kind of guest, interleaved, and gathers the figures."""

import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Sequence, Set

from bench import guests, legacy, product
from bench.api import Api
from bench.feed import Feeder
from bench.figures import Run, Scenario
from bench.guests import Base, Guest, Load
from bench.meter import KEPT, Meter
from bench.observer import Observer
from bench.world import SOURCE, STORE, TARGET, Host, World

_LEGACY_LEVELS = {"2014": 9, "2014-stored": 0}
_FIRST_ROUNDS = 2
# For a fresh guest, or one that just came, to be idle.
_SETTLE_SECONDS = 3.0


@dataclass(frozen=True)
class Plan:
    """What is to be run. LOADS by the guest's memory in MiB."""

    scenarios: Sequence[Scenario]
    pipelines: Sequence[str]
    rounds: int
    loads: Mapping[int, Load]

    def of(self, scenario: Scenario) -> List[str]:
        """The pipelines of one scenario: where the link is very slow, only what is asked of it."""
        if scenario.link == "10mbit":
            return [each for each in self.pipelines if each == "warm"]
        if scenario.dirty_kib:
            return [each for each in self.pipelines if each in ("2014", "package", "warm")]
        return list(self.pipelines)


class Bench:
    """Works in a world with the hosts SOURCE, TARGET and STORE."""

    def __init__(self, world: World, feeder: Feeder, say: Callable[[str], None]) -> None:
        self._world = world
        self._feeder = feeder
        self._say = say
        self._apis = {host.name: Api(host) for host in world.all()}
        self._source = self._apis[SOURCE]
        self._target = self._apis[TARGET]
        self._base = Base(self._source, world.directory)
        # Nobody sends a base image that is there; so it is there for all.
        there = self._target.make_image("base", "qcow2 bare", {})
        self._target.upload(there, guests.make_disk(world.directory))
        self.runs: List[Run] = []
        # Made before the first round, not counted.
        self.first_moves: List[Run] = []
        # Modes the daemon does not have.
        self.missing: Set[str] = set()

    def run(self, plan: Plan) -> None:
        """All rounds; figures are in self.runs also when it is interrupted."""
        if plan.rounds > 1:
            self._begin(plan)
        for number in range(1, plan.rounds + 1):
            for scenario in plan.scenarios:
                wanted = plan.of(scenario)
                # Each round begins with another one, so that none is always the first.
                first = number % len(wanted) if wanted else 0
                for pipeline in wanted[first:] + wanted[:first]:
                    self._feeder.next_guest(f"{number} {scenario} {pipeline}")
                    self._journey(plan, scenario, pipeline, number)

    def _begin(self, plan: Plan) -> None:
        """Lets the daemons compile their code, which they do while they first use it."""
        sizes = [scenario.memory_mib for scenario in plan.scenarios]
        scenario = Scenario(512 if 512 in sizes else sizes[0], "unlimited")
        for number in range(_FIRST_ROUNDS):
            for pipeline in ("package", "warm"):
                if pipeline in plan.pipelines:
                    self._feeder.next_guest(f"0 {number} {pipeline}")
                    self._journey(plan, scenario, pipeline, 0)
        self.first_moves, self.runs = self.runs, []

    def _journey(self, plan: Plan, scenario: Scenario, pipeline: str, number: int) -> None:
        if pipeline in self.missing or pipeline.endswith("-return"):
            return
        for api in self._apis.values():
            api.get_fresh_token()
        self._say(f"round {number}: {scenario.title()}: {pipeline}: a guest is booted and filled")
        begin = time.monotonic()
        load = plan.loads[scenario.memory_mib]
        guest = guests.spawn(self._source, self._base, load, scenario.dirty_kib)
        self._say(f"   ready after {time.monotonic() - begin:.0f} s")
        try:
            if pipeline in _LEGACY_LEVELS:
                self._legacy(guest, scenario, pipeline, number)
                return
            self._product(guest, scenario, pipeline, number, self._target)
            if f"{pipeline}-return" in plan.pipelines and not scenario.dirty_kib:
                self._product(guest, scenario, f"{pipeline}-return", number, self._source)
        except product.ModeMissing as missing:
            self.missing.add(pipeline)
            self._say(f"   left out from here on: {missing}")
        finally:
            guests.remove(guest, self._source)

    def _legacy(self, guest: Guest, scenario: Scenario, pipeline: str, number: int) -> None:
        store, target = self._apis[STORE], self._target.host
        base = legacy.base_path(guest.host, guest)
        old = legacy.Pipeline(guest, store, target, base, _LEGACY_LEVELS[pipeline])
        try:
            self._measure(guest, scenario, pipeline, number, target, old.move, old.phases)
        finally:
            old.remove()

    def _product(
        self, guest: Guest, scenario: Scenario, pipeline: str, number: int, target: Api
    ) -> None:
        mode = pipeline.partition("-")[0]

        def move() -> None:
            product.move(guest, target, mode)

        self._measure(guest, scenario, pipeline, number, target.host, move, {})

    def _measure(
        self,
        guest: Guest,
        scenario: Scenario,
        pipeline: str,
        number: int,
        target: Host,
        move: Callable[[], None],
        phases: Dict[str, float],
    ) -> None:
        source, dirtied = guest.host, guest.dirtied_per_second()
        hosts = self._world.all()
        admins = {host.name: Api(host, "admin") for host in (source, target)}
        limited = (source, target) if scenario.link != "unlimited" else ()
        try:
            for host in limited:
                host.limit(scenario.link)
            with Observer([source, target]) as observer, Meter(hosts, admins) as meter:
                observer.await_pulses(source, 10)
                time.sleep(_SETTLE_SECONDS)
                meter.begin()
                begin = time.monotonic()
                move()
                observer.await_pulses(target, 1)
                cost = meter.end()
                # Two of it would be heard only now.
                observer.await_pulses(target, 50)
                gap = observer.gap(source, target, begin)
        finally:
            for host in limited:
                host.limit("none")
            for admin in admins.values():
                admin.close()
        run = Run(
            scenario=scenario,
            pipeline=pipeline,
            round=number,
            interruption_s=gap.interruption_seconds,
            total_s=gap.resumed_at - begin,
            longest_pause_s=gap.longest_pause_seconds,
            pulse_period_s=gap.period_seconds,
            lost_pulses=gap.lost,
            wire_bytes=sum(cost.sent_bytes.values()),
            wire_s=cost.wire_seconds,
            sent_bytes=cost.sent_bytes,
            disk_source_bytes=cost.disk_bytes[source.name],
            disk_target_bytes=cost.disk_bytes[target.name],
            disk_store_bytes=cost.disk_bytes[STORE],
            disk_all_bytes=cost.disk_bytes["all"],
            disk_kept_bytes=cost.disk_bytes[KEPT],
            disk_parts_bytes=cost.disk_parts_bytes,
            cpu_s=cost.cpu_seconds,
            others_share=cost.others_share,
            heap_used_bytes=max(heap["used"] for heap in cost.heap_bytes.values()),
            heap_committed_bytes=max(heap["committed"] for heap in cost.heap_bytes.values()),
            dirtied_kib_s=dirtied,
            phases_s=dict(phases),
        )
        self.runs.append(run)
        self._say(
            f"   {pipeline}: stood still {run.interruption_s:.2f} s, total {run.total_s:.2f} s,"
            f" wire {run.wire_bytes / 1e6:.1f} MB, disk {run.disk_all_bytes / 1e6:.0f} MB,"
            f" CPU {run.cpu_s:.1f} s; others used {run.others_share:.0%} of the machine"
        )
