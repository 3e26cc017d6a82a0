"""Work on all cores whose results are used in order, with a bound on what is under way."""

import os
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Callable, Generic, Optional, Type, TypeVar

_T = TypeVar("_T")
_Job = Callable[[], _T]


class Pipeline(Generic[_T]):
    """A context in which put() hands in jobs; use(result) is called for each result, in the order
    of the jobs, by one thread of its own, as soon as it is there.

    At the end of the context all results have been used. When a job or use() raises, later jobs
    are dropped, and the next put(), or the end, raises it.
    """

    def __init__(self, use: Callable[[_T], None]) -> None:
        self._use = use
        workers = os.cpu_count() or 1
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="package")
        # So many parts are in memory at once, beside those that workers hold.
        self._line: "queue.Queue[Optional[Future[_T]]]" = queue.Queue(2 * workers)
        self._failure: Optional[BaseException] = None
        self._thread = threading.Thread(target=self._drain, name="package-drain")

    def __enter__(self) -> "Pipeline[_T]":
        self._thread.start()
        return self

    def put(self, job: _Job[_T]) -> None:
        if self._failure is not None:
            raise self._failure
        self._line.put(self._executor.submit(job))

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if error is not None and self._failure is None:
            # What is in the line is not used any more.
            self._failure = error
        self._line.put(None)
        self._thread.join()
        self._executor.shutdown()
        if error is None and self._failure is not None:
            raise self._failure

    def _drain(self) -> None:
        while True:
            future = self._line.get()
            if future is None:
                return
            if self._failure is not None:
                future.cancel()
                continue
            try:
                self._use(future.result())
            except BaseException as failure:  # raised again in the thread that puts
                self._failure = failure
