"""From runs to verdicts and documents."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from bench import report
from bench.__main__ import implausible, write_report
from bench.figures import Figures, Run, Scenario, Spread
from bench.goals import DIRTY_KIB, Goal, goals
from bench.tests.runs import a_run, an_old_run

RESULTS: Dict[str, Any] = {
    "started": "2026-11-20 17:00 UTC",
    "seconds": 600.0,
    "missing_modes": ["warm"],
    "first_moves": [a_run(round=0, interruption_s=7.5).as_json()],
    "machine": {
        "processor": "P",
        "cores": 2,
        "memory_mib": 1000,
        "kernel": "6",
        "guests": "TCG",
        "commit": "abc",
        "busy_share": 0.01,
        "fresh_memory_mb_s": 400.0,
    },
}


def by_name(figures: Figures) -> Dict[str, Goal]:
    return {goal.what: goal for goal in goals(figures)}


class GoalsTest(unittest.TestCase):
    def test_ratios_are_of_medians_of_the_same_scenario(self) -> None:
        runs = [an_old_run(interruption_s=each) for each in (40.0, 60.0, 600.0)]
        runs += [a_run(interruption_s=each) for each in (3.0, 4.0, 100.0)]
        slow = Scenario(512, "100mbit")
        runs += [an_old_run(scenario=slow, interruption_s=10.0), a_run(scenario=slow)]
        found = by_name(Figures(runs))
        goal = found["Interruption, 512 MiB, link not limited, package"]
        self.assertEqual(goal.got, 4 / 60)
        self.assertTrue(goal.reached)
        self.assertEqual(found["Interruption, 512 MiB, 100 Mbit/s, package"].got, 0.2)

    def test_just_over_the_limit_is_missed(self) -> None:
        runs = [an_old_run(interruption_s=60.0), a_run(interruption_s=4.01)]
        goal = by_name(Figures(runs))["Interruption, 512 MiB, link not limited, package"]
        self.assertIs(goal.reached, False)

    def test_what_was_not_measured_is_neither_reached_nor_missed(self) -> None:
        for goal in goals(Figures([a_run()])):
            if "warm" in goal.what or goal.unit == "of 2014":
                self.assertIsNone(goal.reached, goal.what)

    def test_the_return_trip_is_compared_with_the_way_there(self) -> None:
        runs = [a_run(), a_run(pipeline="package-return", wire_bytes=9_000_000)]
        name = "Bytes of the return trip, 512 MiB, link not limited, package"
        self.assertAlmostEqual(by_name(Figures(runs))[name].got or 0, 0.09)

    def test_time_on_the_wire_is_compared_with_the_rate(self) -> None:
        run = a_run(scenario=Scenario(512, "100mbit"), wire_bytes=100_000_000, wire_s=8.8)
        goal = by_name(Figures([run]))["Time on the wire, 512 MiB, 100 Mbit/s, package"]
        self.assertAlmostEqual(goal.got or 0, 1.1)

    def test_the_heap_of_the_worst_round_counts(self) -> None:
        large = Scenario(2048, "unlimited")
        runs = [a_run(scenario=large, heap_committed_bytes=each << 20) for each in (100, 100, 300)]
        goal = by_name(Figures(runs))["Daemon's heap, 2048 MiB, link not limited, package"]
        self.assertEqual((goal.got, goal.reached), (300.0, False))


class FiguresTest(unittest.TestCase):
    def test_a_run_comes_back_from_json(self) -> None:
        run = an_old_run(scenario=Scenario(512, "100mbit", DIRTY_KIB))
        self.assertEqual(Run.from_json(run.as_json()), run)

    def test_figures_of_another_version_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "strange"):
            Run.from_json({**a_run().as_json(), "strange": 1})

    def test_every_number_has_a_median(self) -> None:
        (row,) = Figures([a_run(round=1, cpu_s=1.0), a_run(round=2, cpu_s=5.0)]).medians_as_json()
        self.assertEqual(row["cpu_s"], {"median": 3.0, "least": 1.0, "most": 5.0})
        self.assertNotIn("round", row)
        self.assertEqual(row["rounds"], 2)

    def test_spread_of_one_value_is_that_value(self) -> None:
        self.assertEqual(Spread.of([2.0]), Spread(2.0, 2.0, 2.0))


class SmokeTest(unittest.TestCase):
    def test_plausible_runs_have_no_fault(self) -> None:
        self.assertEqual(implausible(a_run()) + implausible(an_old_run()), [])

    def test_impossible_figures_are_named(self) -> None:
        for name, value in (
            ("interruption_s", 0.0),
            ("interruption_s", 100.0),
            ("wire_bytes", 0),
            ("disk_all_bytes", 0),
            ("cpu_s", 0.0),
            ("heap_used_bytes", 0),
            ("lost_pulses", -1),
        ):
            faults = implausible(a_run(**{name: value}))
            self.assertEqual([fault for fault in faults if name in fault], faults[:1], name)
        self.assertIn("phases_s", implausible(an_old_run(phases_s={}))[0])


class ReportTest(unittest.TestCase):
    def test_document_and_plot_have_every_pipeline_and_verdict(self) -> None:
        runs = [an_old_run(round=each, interruption_s=50.0 + each) for each in (1, 2, 3)]
        runs += [a_run(round=each, interruption_s=4.0) for each in (1, 2, 3)]
        figures = Figures(runs)
        results = [{**RESULTS, "runs": [run.as_json() for run in runs]}]
        with tempfile.TemporaryDirectory() as directory:
            report.write(results, figures, goals(figures), Path(directory))
            text = Path(directory, "performance.md").read_text(encoding="utf-8")
            plot = Path(directory, report.PLOT).read_text(encoding="utf-8")
            report.write(results, figures, goals(figures), Path(directory))
            self.assertEqual(plot, Path(directory, report.PLOT).read_text(encoding="utf-8"))
        self.assertIn("| 512 MiB, link not limited | 2014 | 52.0 (51.0-53.0) | 1 |", text)
        self.assertIn("| 512 MiB, link not limited | package | 4.00 | 1/13 |", text)
        self.assertIn("| 1/15 of 2014 | 1/13 of 2014 | missed: 1.15 times the limit |", text)
        self.assertIn("What bounds those that were missed:", text)
        self.assertIn("does not have the mode: *warm*", text)
        self.assertIn(
            "right after their start (512 MiB, link not limited, package), stood still for 7.50 s",
            text,
        )
        self.assertIn("<svg", plot)

    def test_files_of_other_guests_are_put_together_and_no_two_of_the_same(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            for size in (128, 512):
                scenario = Scenario(size, "unlimited")
                runs = [an_old_run(scenario=scenario), a_run(scenario=scenario)]
                results = {**RESULTS, "version": 2, "runs": [run.as_json() for run in runs]}
                (directory / str(size)).write_text(json.dumps(results), encoding="utf-8")
            small, large = directory / "128", directory / "512"
            self.assertEqual(write_report([small, large], directory), 0)
            text = Path(directory, "performance.md").read_text(encoding="utf-8")
            for title in ("128 MiB, link", "512 MiB, link", "128 MiB: run of", "512 MiB: run of"):
                self.assertIn(title, text)
            self.assertEqual(write_report([small, large, small], directory), 1)
