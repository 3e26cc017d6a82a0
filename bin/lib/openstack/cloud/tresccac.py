"""The tresccac that bin/build made, as proofs run it."""

import os
from pathlib import Path
from typing import Dict

from cloud.layout import Layout

PROGRAM = str(Path(__file__).resolve().parents[4] / "bin" / "tresccac")


def environment(layout: Layout, clouds: Path) -> Dict[str, str]:
    """With these clouds, and a home for the journals of cold moves that goes with the cloud."""
    return {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        "XDG_STATE_HOME": str(layout.state / "tresccac"),
    }
