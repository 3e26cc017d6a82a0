"""The tresccac that bin/build made, as proofs run it."""

import os
import subprocess
import threading
from pathlib import Path
from typing import Dict, List

from cloud.layout import Layout
from cloud.namespaces import NodeFailed

PROGRAM = str(Path(__file__).resolve().parents[4] / "bin" / "tresccac")
# The longest that a program of a proof may take for anything.
SECONDS = 600.0


def environment(layout: Layout, clouds: Path) -> Dict[str, str]:
    """With these clouds, and a home for the journals of cold moves that goes with the cloud."""
    return {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        "XDG_STATE_HOME": str(layout.state / "tresccac"),
    }


def migrate(layout: Layout, *more: str) -> "subprocess.Popen[str]":
    """Between the cloud's own projects; its output is to be read."""
    return subprocess.Popen(
        [PROGRAM, "migrate", *more],
        env=environment(layout, layout.clouds),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def await_line(process: "subprocess.Popen[str]", part: str) -> List[str]:
    """What it says on standard error, to the first line with that part. Raises NodeFailed when it
    ends before, or is ended because it takes too long."""
    assert process.stderr is not None
    lines: List[str] = []
    deadline = threading.Timer(SECONDS, process.kill)
    deadline.start()
    try:
        for line in process.stderr:
            lines.append(line)
            if part in line:
                return lines
    finally:
        deadline.cancel()
    raise NodeFailed(f"it ended before it said '{part}': {lines}")
