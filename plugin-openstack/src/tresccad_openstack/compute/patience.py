"""Asking again, with growing pauses, until there is an answer."""

import threading
import time
from typing import Any, Callable, Optional, Type, TypeVar

from oslo_log import log as logging

from tresccad_openstack.compute.handover import CannotAsk

LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


def ask(
    what: str,
    instance: Any,
    question: Callable[[], _T],
    seconds: Optional[float] = None,
    reasons: tuple[Type[Exception], ...] = (CannotAsk,),
) -> _T:
    """question()'s answer; asked again while it raises one of the reasons.

    After so many seconds, if that is said, what it raised is raised.
    """
    pause = _FIRST_PAUSE
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            return question()
        except reasons as error:
            if deadline is not None and time.monotonic() > deadline:
                raise
            LOG.warning(
                "%s: not yet (%s: %s)", what, type(error).__name__, error, instance=instance
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def until_done(what: str, instance: Any, task: Callable[[], _T]) -> _T:
    """task()'s answer, whatever it raises before: of Glance, RabbitMQ, libvirt or a full disk. It
    is for what cannot be left half done while nova-compute runs."""
    return ask(what, instance, task, reasons=(Exception,))


def in_background(what: str, instance: Any, task: Callable[[], None]) -> None:
    """until_done in a thread of its own, which is a green one where Nova has those."""
    run = threading.Thread(target=until_done, args=(what, instance, task), daemon=True)
    run.start()
