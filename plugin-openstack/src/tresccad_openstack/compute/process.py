"""The process that writes and reads packages, from within a service on green threads.

Its pipes are read and written by native threads, with the standard library as it was before
eventlet changed it, so no green thread waits for them.
"""

import json
import sys
from pathlib import Path
from typing import Any, Callable, ContextManager, Iterable, List, Mapping

from eventlet import patcher, tpool

_subprocess: Any = patcher.original("subprocess")
_COMMAND = [sys.executable or "/usr/bin/python3", "-m", "tresccad_openstack.package"]
_ERROR_BYTES = 4096


class ProcessFailed(Exception):
    """It ended with an error; the message is what it said."""


class _Child:
    def __init__(self, arguments: List[str], **pipes: Any) -> None:
        self._process = _subprocess.Popen(
            [*_COMMAND, *arguments], stderr=_subprocess.PIPE, close_fds=True, **pipes
        )
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    def finish(self) -> None:
        """Waits for its end. Raises ProcessFailed."""
        said = self._process.stderr.read().decode(errors="replace")
        code = self._process.wait()
        self._process.stderr.close()
        if code != 0:
            raise ProcessFailed(_message(said) or f"it ended with {code}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _message(said: str) -> str:
    lines = said[-_ERROR_BYTES:].strip().splitlines()
    try:
        return str(json.loads(lines[-1])["message"])
    except (ValueError, KeyError, IndexError):
        return lines[-1] if lines else ""


class Writer:
    """A package that is being written, to be read like a file by a native thread.

    Its end is an end only when the process ended well; otherwise the last read raises
    ProcessFailed, and what was read is not a package.
    """

    def __init__(self, manifest: Path, backing: str, members: Mapping[str, Path]) -> None:
        arguments = ["write", str(manifest), "--backing", backing]
        arguments += [f"{name}={path}" for name, path in members.items()]
        self._child = _Child(arguments, stdin=_subprocess.DEVNULL, stdout=_subprocess.PIPE)
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._child.stdout.read(size)
        if not content and not self._ended:
            self._ended = True
            self._child.finish()
        return content

    def close(self) -> None:
        self._child.stdout.close()
        if not self._ended:
            self._ended = True
            self._child.kill()


def read(opened: Callable[[], ContextManager[Iterable[bytes]]], directory: Path) -> None:
    """Unpacks the package that opened() gives into files of the directory.

    Raises ProcessFailed, and what opened() does.
    """
    tpool.execute(_read, opened, directory)


def _read(opened: Callable[[], ContextManager[Iterable[bytes]]], directory: Path) -> None:
    child = _Child(["read", str(directory)], stdin=_subprocess.PIPE)
    try:
        with opened() as chunks:
            try:
                for chunk in chunks:
                    child.stdin.write(chunk)
                child.stdin.close()
            except BrokenPipeError:
                pass  # it says why at its end
        child.finish()
    except BaseException:
        child.kill()
        raise
