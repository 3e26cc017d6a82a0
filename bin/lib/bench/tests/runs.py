"""Made-up runs."""

from dataclasses import replace
from typing import Any

from bench.figures import Run, Scenario

_PLAIN = Run(
    scenario=Scenario(512, "unlimited"),
    pipeline="package",
    round=1,
    interruption_s=2.0,
    total_s=3.0,
    longest_pause_s=0.1,
    pulse_period_s=0.021,
    lost_pulses=0,
    wire_bytes=100_000_000,
    wire_s=8.0,
    sent_bytes={"hostA": 100_000_000, "hostB": 0, "store": 0},
    disk_source_bytes=1 << 20,
    disk_target_bytes=2 << 20,
    disk_store_bytes=0,
    disk_all_bytes=3 << 20,
    disk_kept_bytes=0,
    disk_parts_bytes={"hostA/instances": 1 << 20},
    cpu_s=4.0,
    others_share=0.02,
    heap_used_bytes=50 << 20,
    heap_committed_bytes=64 << 20,
    dirtied_kib_s=0.0,
    phases_s={},
)
_STEPS = ("save", "zip", "upload", "download", "unzip", "rewrite", "restore")


def a_run(**changes: Any) -> Run:
    """A plausible run, with some figures as told."""
    return replace(_PLAIN, **changes)


def an_old_run(**changes: Any) -> Run:
    """A plausible run of the 2014 pipeline."""
    plain = {
        "pipeline": "2014",
        "interruption_s": 50.0,
        "total_s": 50.0,
        "wire_bytes": 300_000_000,
        "disk_store_bytes": 9 << 20,
        "disk_all_bytes": 20 << 20,
        "phases_s": dict.fromkeys(_STEPS, 7.0),
    }
    return replace(_PLAIN, **{**plain, **changes})
