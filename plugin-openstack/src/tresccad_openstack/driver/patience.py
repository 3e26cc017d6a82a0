"""Asking again, with growing pauses, until there is an answer."""

import threading
import time
from typing import Any, Callable, Optional, Type, TypeVar

from oslo_log import log as logging

from tresccad_openstack.compute.handover import CannotAsk, Unreadable

LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


def ask(
    what: str,
    instance: Any,
    question: Callable[[], _T],
    seconds: Optional[float] = None,
    also: tuple[Type[Exception], ...] = (),
) -> _T:
    """question()'s answer; asked again while it raises CannotAsk or one of the others.

    After so many seconds, if that is said, what it raised is raised.
    """
    reasons: tuple[Type[Exception], ...] = (CannotAsk, *also)
    pause = _FIRST_PAUSE
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            return question()
        except reasons as error:
            if deadline is not None and time.monotonic() > deadline:
                raise
            LOG.warning("%s: not yet (%s)", what, error, instance=instance)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def in_background(what: str, instance: Any, task: Callable[[], None]) -> None:
    """In a thread of its own, which is a green one where Nova has those."""

    def run() -> None:
        try:
            ask(what, instance, task, also=(Unreadable,))
        except Exception:
            LOG.exception("%s: it will be tried again after a restart", what, instance=instance)

    threading.Thread(target=run, name="tresccad", daemon=True).start()
