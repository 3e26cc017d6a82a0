"""The command line of bin/bench."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any, Dict, List, Optional

from bench import guests, legacy, report
from bench.feed import Feeder
from bench.figures import LINKS, PIPELINES, Figures, Run, Scenario
from bench.goals import DIRTY_KIB, goals
from bench.meter import busy_share, fresh_memory_rate
from bench.moves import Bench, Plan
from bench.world import REPOSITORY, SOURCE, STORE, TARGET, World

# More than this, before anything was started, and figures would be of something else.
_BUSY_SHARE = 0.15
_FEWEST_ROUNDS = 3
_VERSION = 2


def main() -> int:
    """Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 a goal was missed or others were busy."""
    # An end that is asked for is an exception, so that everything is taken down.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    arguments = _parse()
    if arguments.command == "report":
        return write_report([Path(file) for file in arguments.files], Path(arguments.to))
    try:
        return _moves(arguments)
    except KeyboardInterrupt:
        print("bin/bench: interrupted", file=sys.stderr)
        return 130


def _end(number: int, _: Optional[FrameType]) -> None:
    raise SystemExit(128 + number)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures on this machine, which should do nothing else meanwhile.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    moves = commands.add_parser(
        "moves",
        help="moves of guests, against the pipeline of 2014 in the same run",
        description="Moves guests between two hosts on this machine, by tresccad and by the "
        "pipeline of 2014, interleaved, and writes docs/performance.md and its plot (only when "
        "there were three rounds or more).",
    )
    moves.add_argument("--quick", action="store_true", help="one round, no 2 GiB, idle guests only")
    moves.add_argument("--smoke", action="store_true", help="one small guest, only: does it work?")
    moves.add_argument("--rounds", type=int, help=f"default {_FEWEST_ROUNDS}")
    moves.add_argument("--guests", help="MiB of memory, such as 128,512 (default 128,512,2048)")
    moves.add_argument("--links", help=f"of {','.join(LINKS)} (default: all)")
    moves.add_argument("--pipelines", help=f"of {','.join(PIPELINES)} (default: all)")
    moves.add_argument("--json", metavar="FILE", help="write all figures there")
    moves.add_argument(
        "--assert",
        action="store_true",
        dest="asserts",
        help="exit with 3 when a goal is missed or others kept the machine busy; do not begin then",
    )
    written = commands.add_parser("report", help="write docs/performance.md from files of --json")
    written.add_argument("files", nargs="+", metavar="FILE", help="of different guests or links")
    written.add_argument("--to", metavar="DIRECTORY", default=str(REPOSITORY / "docs"))
    arguments = parser.parse_args()
    if arguments.command == "moves" and arguments.smoke and arguments.asserts:
        parser.error("--smoke has nothing to assert")
    return arguments


def _choice(text: Optional[str], known: List[str], default: List[str], option: str) -> List[str]:
    if text is None:
        return default
    chosen = text.split(",")
    strange = [each for each in chosen if each not in known]
    if strange:
        print(f"bin/bench: {option}: not {strange[0]!r}, but of {','.join(known)}", file=sys.stderr)
        raise SystemExit(2)
    return [each for each in known if each in chosen]


def _plan(arguments: argparse.Namespace) -> Plan:
    known = [str(size) for size in guests.LOADS]
    small = ["128"] if arguments.smoke else ["128", "512"] if arguments.quick else known
    sizes = [int(size) for size in _choice(arguments.guests, known, small, "--guests")]
    fast = ["unlimited"] if arguments.smoke else list(LINKS)
    links = _choice(arguments.links, list(LINKS), fast, "--links")
    # Level 9 differs from 0 in nothing but the time it takes.
    usual = [each for each in PIPELINES if each != "2014"] if arguments.smoke else list(PIPELINES)
    pipelines = _choice(arguments.pipelines, list(PIPELINES), usual, "--pipelines")
    for pipeline in pipelines:
        if pipeline.endswith("-return") and pipeline.partition("-")[0] not in pipelines:
            print(f"bin/bench: {pipeline} needs {pipeline.partition('-')[0]}", file=sys.stderr)
            raise SystemExit(2)
    short = arguments.quick or arguments.smoke
    rounds = arguments.rounds or (1 if short else _FEWEST_ROUNDS)
    if rounds < 1:
        print("bin/bench: --rounds: at least 1", file=sys.stderr)
        raise SystemExit(2)
    scenarios = [Scenario(size, link) for size in sizes for link in links if link != "10mbit"]
    if 512 in sizes and not short:
        # What is asked of a guest that works, and of a very slow link.
        if "100mbit" in links:
            scenarios.append(Scenario(512, "100mbit", DIRTY_KIB))
        if "10mbit" in links:
            scenarios.append(Scenario(512, "10mbit"))
    loads = {128: guests.SMOKE_LOAD} if arguments.smoke else guests.LOADS
    return Plan(scenarios, pipelines, rounds, loads)


def _moves(arguments: argparse.Namespace) -> int:
    plan = _plan(arguments)
    _check_machine()
    machine = _machine()
    if machine["busy_share"] > _BUSY_SHARE and not arguments.smoke:
        print(f"bin/bench: {machine['busy_share']:.0%} of this machine is busy", file=sys.stderr)
        if arguments.asserts:
            print("bin/bench: figures would mean nothing; try again later", file=sys.stderr)
            return 1
    for command in ("bin/build", "test-vms/build"):
        subprocess.run([str(REPOSITORY / command)], check=True)
    started = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    failure: Optional[Exception] = None
    with World([SOURCE, TARGET, STORE]) as world, Feeder(world.internet()) as feeder:
        bench = Bench(world, feeder, lambda line: print(line, flush=True))
        try:
            bench.run(plan)
        except Exception as error:  # what was measured until then is shown all the same
            _show_logs(world)
            traceback.print_exc()
            failure = error
    results = {
        "version": _VERSION,
        "started": started,
        "seconds": time.monotonic() - _BEGIN,
        "failure": None if failure is None else str(failure),
        "machine": machine,
        "missing_modes": sorted(bench.missing),
        "first_moves": [run.as_json() for run in bench.first_moves],
        "runs": [run.as_json() for run in bench.runs],
    }
    return _conclude(arguments, plan, results, bench.runs)


def _conclude(
    arguments: argparse.Namespace, plan: Plan, results: Dict[str, Any], runs: List[Run]
) -> int:
    figures = Figures(runs)
    reached = goals(figures)
    results["medians"] = figures.medians_as_json()
    results["goals"] = [goal.as_json() for goal in reached]
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print()
    print(report.table(figures))
    if arguments.smoke:
        wrong = [fault for run in runs for fault in implausible(run)]
        offered = [
            each
            for each in plan.pipelines
            if each.partition("-")[0] not in results["missing_modes"]
        ]
        ran = {run.pipeline for run in runs}
        wrong += [f"{each} was not measured" for each in offered if each not in ran]
        if results["failure"] is not None:
            wrong.append(results["failure"])
        for fault in wrong:
            print(f"bin/bench: {fault}", file=sys.stderr)
        print(f"smoke: {len(runs)} moves measured, {len(wrong)} figures wrong")
        return 1 if wrong else 0
    print(report.goals_table(reached))
    busiest = max((run.others_share for run in runs), default=0)
    if busiest > _BUSY_SHARE:
        print(f"Others used up to {busiest:.0%} of the machine: do not trust these figures.")
    if results["failure"] is not None:
        return 1
    if plan.rounds >= _FEWEST_ROUNDS:
        report.write([results], figures, reached, REPOSITORY / "docs")
        print("docs/performance.md and its plot are written.")
    missed = [goal for goal in reached if goal.reached is False]
    if not arguments.asserts:
        return 0
    return 3 if missed or busiest > _BUSY_SHARE else 0


def implausible(run: Run) -> List[str]:
    """What cannot be true of a move of any guest, however fast or slow the machine."""
    faults = []

    def expect(name: str, holds: bool) -> None:
        if not holds:
            faults.append(f"{run.pipeline}: {name} cannot be {getattr(run, name)}")

    expect("interruption_s", run.pulse_period_s < run.interruption_s <= run.total_s + 1)
    expect("pulse_period_s", 0.015 < run.pulse_period_s < 0.2)
    expect("longest_pause_s", 0 < run.longest_pause_s < run.total_s + 10)
    expect("lost_pulses", 0 <= run.lost_pulses < 50)
    expect("wire_bytes", run.wire_bytes > 1000)
    expect("disk_all_bytes", run.disk_all_bytes > 0)
    expect("others_share", 0 <= run.others_share <= 1)
    expect("cpu_s", 0 < run.cpu_s < run.total_s * 4 * (os.cpu_count() or 1) + 10)
    expect("heap_used_bytes", 1 << 20 < run.heap_used_bytes <= run.heap_committed_bytes)
    if run.pipeline.startswith("2014"):
        whole = all(run.phases_s.get(step, 0) > 0 for step in ("save", "zip", "upload", "restore"))
        expect("phases_s", whole and sum(run.phases_s.values()) <= run.total_s + 1)
        expect("disk_store_bytes", run.disk_store_bytes > 1 << 20)
    return faults


def write_report(files: List[Path], directory: Path) -> int:
    """Exit code of "report"; figures of one run are compared with each other, and no others."""
    results = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    runs: List[Run] = []
    for file, each in zip(files, results):
        if each["version"] != _VERSION:
            print(f"bin/bench: {file} has version {each['version']}", file=sys.stderr)
            return 1
        more = [Run.from_json(values) for values in each["runs"]]
        if {run.scenario for run in runs} & {run.scenario for run in more}:
            print(f"bin/bench: {file} has a guest and link of a file before it", file=sys.stderr)
            return 1
        runs += more
    figures = Figures(runs)
    report.write(results, figures, goals(figures), directory)
    return 0


def _check_machine() -> None:
    if os.geteuid() != 0:
        print("bin/bench: needs root: it makes network and mount namespaces", file=sys.stderr)
        raise SystemExit(1)
    missing = legacy.programs_are_there()
    if missing:
        print(f"bin/bench: {', '.join(missing)} is missing, run bin/setup", file=sys.stderr)
        raise SystemExit(1)


def _machine() -> Dict[str, Any]:
    """What figures depend on."""
    processors = Path("/proc/cpuinfo").read_text().split("model name\t: ")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    commit = subprocess.run(
        ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
    )
    return {
        "processor": processors[1].split("\n")[0] if len(processors) > 1 else platform.machine(),
        "cores": os.cpu_count(),
        "memory_mib": memory >> 20,
        "kernel": platform.release(),
        "guests": "QEMU's emulation (TCG)",
        "commit": commit.stdout.strip(),
        "busy_share": busy_share(),
        "fresh_memory_mb_s": fresh_memory_rate(),
    }


def _show_logs(world: World) -> None:
    for host in world.all():
        log = host.directory / "log/tresccad.log"
        if log.exists():
            print(f"--- the end of {host.name}'s log", file=sys.stderr)
            lines = log.read_text(errors="replace").splitlines()[-40:]
            print("\n".join(lines), file=sys.stderr)


_BEGIN = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
