"""docs/performance.md and its plot, and the same tables for a terminal."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from bench import guests
from bench.figures import Figures, Run, Scenario, Spread
from bench.goals import Goal
from bench.world import SOURCE

PLOT = "performance-moves.svg"
_MB = 1e6
_COLOURS = {
    "2014": "#7a7a7a",
    "2014-stored": "#b5b5b5",
    "package": "#1f5fa8",
    "package-return": "#8fb8e0",
    "warm": "#c2571a",
    "warm-return": "#eab48e",
}


def table(figures: Figures) -> str:
    """One line for each scenario and pipeline, as Markdown."""
    heads = [
        "Guest and link",
        "Pipeline",
        "Interruption, s",
        "of 2014",
        "Total, s",
        "Wire, MB",
        "Extra disk, MB",
        "CPU, s",
    ]
    rows = []
    for scenario in figures.scenarios():
        for pipeline in figures.pipelines(scenario):
            rows.append(
                [
                    scenario.title(),
                    pipeline,
                    _spread(figures.spread(scenario, pipeline, "interruption_s")),
                    _ratio(figures, scenario, pipeline),
                    _spread(figures.spread(scenario, pipeline, "total_s")),
                    _spread(figures.spread(scenario, pipeline, "wire_bytes"), _MB),
                    _disk(figures, scenario, pipeline),
                    _spread(figures.spread(scenario, pipeline, "cpu_s")),
                ]
            )
    return _markdown(heads, rows)


def phases_table(figures: Figures) -> str:
    """Where the time of the 2014 pipeline goes."""
    steps = ["save", "zip", "upload", "download", "unzip", "rewrite", "restore"]
    heads = ["Guest and link", "Pipeline", *(f"{each}, s" for each in steps), "uploaded, MB"]
    rows = []
    for scenario in figures.scenarios():
        for pipeline in ("2014", "2014-stored"):
            phases = figures.phases(scenario, pipeline)
            if phases:
                # All that a source sends is its upload, but for some acknowledgements.
                runs = figures.runs(scenario, pipeline)
                sent = Spread.of(run.sent_bytes[SOURCE] for run in runs).median
                times = [_number(phases[each]) for each in steps]
                rows.append([scenario.title(), pipeline, *times, _number(sent / _MB)])
    return _markdown(heads, rows)


def goals_table(goals: Sequence[Goal]) -> str:
    """What was to be reached, as Markdown."""
    rows = []
    for goal in goals:
        rows.append([goal.what, _amount(goal.limit, goal), _amount(goal.got, goal), _verdict(goal)])
    return _markdown(["Goal", "At most", "Measured", ""], rows)


def write(
    results: Sequence[Dict[str, Any]], figures: Figures, goals: Sequence[Goal], directory: Path
) -> None:
    """Writes performance.md and the plot beside it.

    results: what each invocation of the bench found out; no scenario is in two of them.
    """
    # Only who wants a plot needs the library.
    from bench import plot

    plot.draw(figures, _COLOURS, directory / PLOT)
    (directory / "performance.md").write_text(_document(results, figures, goals), encoding="utf-8")


def _document(results: Sequence[Dict[str, Any]], figures: Figures, goals: Sequence[Goal]) -> str:
    lines = [
        "# Performance",
        "Written by `bin/bench moves`; do not edit. Moves of a running guest between two hosts, "
        "by tresccad and by the pipeline of 2014, on the same machine in the same run.",
        "",
        *(line for each in results for line in (_run(each), "")),
        "All hosts share these cores, so whatever computes on one slows the other: read ratios "
        "rather than seconds. Medians, in brackets the least and the most.",
        "",
        f"![Interruption by guest, link and pipeline]({PLOT})",
        "",
        table(figures),
        "",
    ]
    modes = sorted({mode for each in results for mode in each["missing_modes"]})
    if modes:
        missing = ", ".join(f"*{mode}*" for mode in modes)
        lines += [f"Not measured, for this version does not have the mode: {missing}.", ""]
    lines += ["## Goals", goals_table(goals), ""]
    missed = [goal for goal in goals if goal.reached is False]
    if missed:
        lines.append("What bounds those that were missed:")
        lines += [f"- {goal.what}: {goal.bound}." for goal in missed]
        lines.append("")
    lines += ["## The steps of 2014", phases_table(figures), ""]
    lines += ["## How it was measured", *_method(figures), *_first_moves(results[0])]
    lines += [
        "",
        "Save and restore in an OpenStack: [performance-openstack.md](performance-openstack.md).",
    ]
    return "\n".join(lines) + "\n"


def _run(results: Dict[str, Any]) -> str:
    machine = results["machine"]
    runs = [Run.from_json(values) for values in results["runs"]]
    sizes = ", ".join(str(size) for size in sorted({run.scenario.memory_mib for run in runs}))
    busiest = max((run.others_share for run in runs), default=0.0)
    # Two looks at the kernel's counters may differ by less than nothing.
    before = max(0.0, machine["busy_share"])
    return (
        f"{sizes} MiB: run of {results['started']}, {results['seconds'] / 60:.0f} minutes, "
        f"{max((run.round for run in runs), default=0)} rounds, commit `{machine['commit']}`. "
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_mib']} MiB "
        f"of memory, Linux {machine['kernel']}; guests run under {machine['guests']}. Before it "
        f"began, {before:.0%} of it was busy{_fresh_memory(machine)}; while it "
        f"ran, others used {busiest:.0%} at most."
    )


def _method(figures: Figures) -> List[str]:
    loads = "; ".join(
        f"{size} MiB: memory {load.memory}, disk {load.overlay}"
        for size, load in guests.LOADS.items()
    )
    pauses = [run.longest_pause_s for each in _all_runs(figures) for run in each]
    periods = [run.pulse_period_s for each in _all_runs(figures) for run in each]
    pulses = (
        f" Median between two pulses: {max(periods) * 1000:.0f} ms at most; the longest silence of "
        f"a guest before it was frozen: {max(pauses):.2f} s."
        if periods
        else ""
    )
    rewrote = [
        (run.dirtied_kib_s, run.scenario.dirty_kib)
        for each in _all_runs(figures)
        for run in each
        if run.scenario.dirty_kib
    ]
    rewriting = (
        f" Told to rewrite {rewrote[0][1]} KiB of memory a second, guests rewrote "
        f"{min(rewrote)[0]:.0f} to {max(rewrote)[0]:.0f}."
        if rewrote
        else ""
    )
    kept = max((run.disk_kept_bytes for each in _all_runs(figures) for run in each), default=0)
    return [
        f"- *Guests* hold a stated content, in MiB: {loads}. Text is prose that does not repeat by "
        "pages, random cannot be compressed, zero is pages of zeros that were written; kernel and "
        "programs come on top. Each guest starts afresh at the source, with the same mix of other "
        "bytes, so no pipeline gains from what an earlier guest left behind." + rewriting,
        "- *2014*: `virsh save`; `zip -9` of overlay, kernel, ramdisk, save image and XML; upload "
        "to and download from an image service on a third host, by `curl` (the service is "
        "tresccad's own); `unzip`; new paths in the save image's XML; `virsh restore`. Each step "
        "ends before the next begins; what a later step does not need is removed at once. "
        "*2014-stored*: the same with `zip -0`.",
        "- *package*, *warm*: modes of tresccad, from host to host. *-return*: the same guest goes "
        "back, 3 s after it came, by the same mode.",
        "- *Interruption*: a guest sends a datagram every 20 ms, seen on the hosts' bridges, with "
        "the kernel's time stamps; from the last at the source to the first at the target."
        + pulses,
        "- *Total*: from the request to the first datagram at the target.",
        "- *Wire*: what left the hosts' cables, frames of the link layer; in 2014 both upload and "
        "download. *Time on the wire*: between 1 % and 99 % of the bytes, scaled.",
        "- *Extra disk*: the most blocks that files took up beyond those before the request, every "
        "50 ms: all hosts at one moment, then source / target / store by themselves. Not in it is "
        "what hosts keep after a visit so that it need not be sent again, which has a budget of "
        f"its own: {kept / _MB:.0f} MB at most.",
        "- *CPU*: of all processes of the hosts, the guest's own QEMU included.",
        "- Links are limited by `tc tbf` at both ends of the source's and the target's cables; "
        "that of the image service is not limited.",
    ]


def _first_moves(results: Dict[str, Any]) -> List[str]:
    first = [Run.from_json(values) for values in results["first_moves"]]
    if not first:
        return []
    run = first[0]
    return [
        f"- *Daemons* had made {len(first)} moves before the first that counts, because they "
        "compile their code while they first use it. The first of all, right after their start "
        f"({run.scenario.title()}, {run.pipeline}), stood still for "
        f"{_number(run.interruption_s)} s."
    ]


def _fresh_memory(machine: Dict[str, Any]) -> str:
    rate = machine.get("fresh_memory_mb_s")
    return "" if rate is None else f"; fresh memory could be written at {rate:.0f} MB/s"


def _all_runs(figures: Figures) -> List[List[Run]]:
    return [
        figures.runs(scenario, pipeline)
        for scenario in figures.scenarios()
        for pipeline in figures.pipelines(scenario)
    ]


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _number(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _spread(spread: Optional[Spread], unit: float = 1.0) -> str:
    if spread is None:
        return "-"
    median = _number(spread.median / unit)
    if spread.least == spread.most:
        return median
    return f"{median} ({_number(spread.least / unit)}-{_number(spread.most / unit)})"


def _ratio(figures: Figures, scenario: Scenario, pipeline: str) -> str:
    old = figures.median(scenario, "2014", "interruption_s")
    new = figures.median(scenario, pipeline, "interruption_s")
    if not old or not new:
        return "-"
    return "1" if pipeline == "2014" else f"1/{old / new:.3g}"


def _disk(figures: Figures, scenario: Scenario, pipeline: str) -> str:
    def median(name: str) -> str:
        value = figures.median(scenario, pipeline, f"disk_{name}_bytes")
        return "-" if value is None else f"{value / _MB:.0f}"

    return f"{median('all')} ({median('source')} / {median('target')} / {median('store')})"


def _amount(value: Optional[float], goal: Goal) -> str:
    if value is None:
        return "not measured"
    if goal.unit == "of 2014":
        return f"1/{1 / value:.3g} of 2014" if value else "0"
    return f"{_number(value)} {goal.unit}"


def _verdict(goal: Goal) -> str:
    if goal.got is None or goal.reached is None:
        return "-"
    return "reached" if goal.reached else f"missed: {goal.got / goal.limit:.2f} times the limit"
