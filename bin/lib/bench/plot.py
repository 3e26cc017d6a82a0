"""The plot: interruptions, on a logarithmic scale."""

from pathlib import Path
from typing import Mapping

import matplotlib  # type: ignore[import]

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams["svg.hashsalt"] = "tresccad"
matplotlib.rcParams["font.size"] = 9

from matplotlib import pyplot  # noqa: E402  (after the back end was chosen)

from bench.figures import PIPELINES, Figures  # noqa: E402

_BAR = 0.13


def draw(figures: Figures, colours: Mapping[str, str], file: Path) -> None:
    """Writes an SVG: a group for each scenario, a bar for each pipeline, whiskers for rounds."""
    scenarios = figures.scenarios()
    canvas, axes = pyplot.subplots(figsize=(8.5, 1.2 + 0.95 * len(scenarios)))
    shown = set()
    for row, scenario in enumerate(scenarios):
        pipelines = figures.pipelines(scenario)
        for place, pipeline in enumerate(pipelines):
            spread = figures.spread(scenario, pipeline, "interruption_s")
            if spread is None:
                continue
            height = row + (place - (len(pipelines) - 1) / 2) * _BAR
            whiskers = [[spread.median - spread.least], [spread.most - spread.median]]
            axes.barh(
                height,
                spread.median,
                _BAR * 0.9,
                color=colours[pipeline],
                label=None if pipeline in shown else pipeline,
                xerr=whiskers if spread.least < spread.most else None,
                error_kw={"elinewidth": 0.8, "capsize": 1.5},
            )
            axes.annotate(
                f" {spread.median:.3g} s",
                (spread.most, height),
                va="center",
                fontsize=6.5,
            )
            shown.add(pipeline)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_yticks(range(len(scenarios)), [each.title().replace(", ", "\n") for each in scenarios])
    axes.invert_yaxis()
    axes.set_xlabel("The guest stood still for so many seconds (logarithmic)")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda each: PIPELINES.index(labels[each]))
    axes.legend(
        [handles[each] for each in order],
        [labels[each] for each in order],
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncol=len(order),
        frameon=False,
        fontsize=7.5,
    )
    canvas.tight_layout()
    canvas.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(canvas)
