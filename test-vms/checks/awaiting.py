"""Waiting for a condition, with a reason to show when it never holds."""

import time
from typing import Callable, Optional, TypeVar

Value = TypeVar("Value")

# An emulated machine on a busy one may take long; nothing waits longer than it must.
PATIENCE_SECONDS = 180.0


def await_value(
    reason: str,
    look: Callable[[], Optional[Value]],
    seconds: float = PATIENCE_SECONDS,
) -> Value:
    """Looks until there is something to see and returns it.

    Raises AssertionError with the reason after so many seconds.
    """
    end = time.monotonic() + seconds
    while True:
        value = look()
        if value is not None and value is not False:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {reason}")
        time.sleep(0.05)
