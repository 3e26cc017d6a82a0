"""Runs steps side by side, each as soon as the steps it needs are done."""

import threading
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Sequence, Tuple


@dataclass(frozen=True)
class Step:
    """Something to do, and the names of the steps that come before it."""

    name: str
    run: Callable[[], None]
    after: Tuple[str, ...] = ()


class StepFailed(Exception):
    """A step raised; the cause is the exception it raised."""

    def __init__(self, step: str, cause: BaseException) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step


def check(steps: Sequence[Step]) -> None:
    """Raises ValueError for a name given twice, a step that does not exist, or a circle."""
    names = [step.name for step in steps]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"steps given twice: {', '.join(twice)}")
    for step in steps:
        for name in step.after:
            if name not in names:
                raise ValueError(f"step {step.name} comes after {name}, which does not exist")
    done: List[str] = []
    while len(done) < len(steps):
        ready = [s.name for s in steps if s.name not in done and set(s.after) <= set(done)]
        if not ready:
            raise ValueError(f"steps in a circle: {', '.join(sorted(set(names) - set(done)))}")
        done += ready


def run(
    steps: Sequence[Step],
    give_up: Callable[[], None],
    done: Callable[[str, float], None] = lambda name, seconds: None,
) -> None:
    """Returns when all steps are done; done(name, seconds) is told of each, in this thread.

    When one raises, or this thread is interrupted, no further step begins and give_up is called
    once: it must make the steps that still run end, which are then waited for. Raises StepFailed
    for the first that failed, or the interruption.
    """
    check(steps)
    changed = threading.Condition()
    failures: List[StepFailed] = []
    ended: List[Tuple[str, float]] = []
    threads: Dict[str, threading.Thread] = {}

    def perform(step: Step) -> None:
        started = time.monotonic()
        try:
            step.run()
        except BaseException as cause:  # whatever it is, it is raised again by the main thread
            failure = StepFailed(step.name, cause)
            failure.__cause__ = cause
            with changed:
                failures.append(failure)
                changed.notify()
            return
        with changed:
            ended.append((step.name, time.monotonic() - started))
            changed.notify()

    finished: List[str] = []
    try:
        while len(finished) < len(steps):
            for step in steps:
                if step.name not in threads and set(step.after) <= set(finished):
                    threads[step.name] = threading.Thread(target=perform, args=(step,), daemon=True)
                    threads[step.name].start()
            with changed:
                changed.wait_for(lambda: failures or ended)
                if failures:
                    raise failures[0]
                news, ended[:] = list(ended), []
            for name, seconds in news:
                finished.append(name)
                done(name, seconds)
    except BaseException:
        give_up()
        for thread in threads.values():
            thread.join()
        raise
