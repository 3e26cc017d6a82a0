"""bin/openstack, which has the description: cloud DIRECTORY COMMAND ARGUMENTS..."""

import fcntl
import os
import shlex
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

from cloud import clouds, cold, connect, proofs, smoke, times, up
from cloud.hosts import ClientFailed
from cloud.layout import INTERNET, NAMES, Layout
from cloud.namespaces import NodeFailed, entering, first_process, move_into_network
from cloud.rest import Refused
from cloud.services import SERVICES_OF_ALL, Running, service
from cloud.steps import StepFailed

_NOT_RUNNING = 3
_QUICK = "--quick"


class Misused(Exception):
    """The command line is not as bin/openstack's description says."""


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """While no other command makes or removes this cloud. The lock ends with the process."""
    layout.directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(layout.directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _status(layout: Layout) -> int:
    running = Running(layout)
    all_run = True
    for each in SERVICES_OF_ALL:
        runs = running.pid(each) is not None
        all_run = all_run and runs
        print(f"{each.node.name} {each.name} {'running' if runs else 'stopped'}")
    return 0 if all_run else _NOT_RUNNING


def _clients(layout: Layout) -> dict[str, str]:
    return {"OS_CLIENT_CONFIG_FILE": str(layout.clouds), "OS_CLOUD": "admin"}


def _env(layout: Layout) -> int:
    if not layout.clouds.exists():
        raise NodeFailed("there is no cloud (make it with: bin/openstack up)")
    for name, value in _clients(layout).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _exec(layout: Layout, name: str, command: List[str]) -> int:
    """Becomes the command, with the caller's environment, but for a cloud if it names none."""
    if name not in NAMES or not command:
        raise Misused()
    environment = {**_clients(layout), **os.environ}
    del environment["PYTHONPATH"], environment["PYTHONDONTWRITEBYTECODE"]
    inside = entering(first_process(layout, name), working_directory=os.getcwd())
    os.execvpe(inside[0], [*inside, *command], environment)


def _service(layout: Layout, node: str, name: str, verb: str) -> int:
    try:
        wanted = service(node, name)
    except KeyError:
        raise NodeFailed(f"{node} has no service {name}") from None
    running = Running(layout)
    if verb == "status":
        runs = running.pid(wanted) is not None
        print("running" if runs else "stopped")
        return 0 if runs else _NOT_RUNNING
    if verb not in ("start", "stop", "kill", "restart"):
        raise Misused()
    if verb != "start":
        running.stop(wanted, "KILL" if verb == "kill" else "TERM")
    if verb in ("start", "restart"):
        # What it answers to is asked from this process.
        move_into_network(first_process(layout, INTERNET))
        running.start(wanted)
    return 0


def main(arguments: List[str]) -> int:
    layout = Layout(Path(arguments[0]))
    command, rest = arguments[1], arguments[2:]
    # Ended so, "up" takes back what it made, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.geteuid() != 0:
        raise NodeFailed("needs root")
    if command == "exec" and len(rest) >= 2:
        return _exec(layout, rest[0], rest[1:])
    if command == "service" and len(rest) == 3:
        return _service(layout, *rest)
    if command == "connect" and len(rest) == 1:
        connect.connect(layout, rest[0])
        return 0
    if command == "prove-clouds" and len(rest) == 1:
        return 0 if clouds.prove(layout, Layout(Path(rest[0]).resolve())) else 1
    if command == "prove":
        names = [each for each in rest if each != _QUICK]
        return 0 if proofs.prove(layout, names, quick=_QUICK in rest) else 1
    if command == "times" and (not rest or rest[0].isdecimal() and len(rest) == 1):
        times.measure(layout, int(rest[0]) if rest else 5)
        return 0
    if rest:
        raise Misused()
    if command == "up":
        with _alone(layout):
            up.up(layout)
    elif command == "down":
        with _alone(layout):
            up.down(layout)
    elif command == "status":
        return _status(layout)
    elif command == "env":
        return _env(layout)
    elif command == "prove-cold":
        return 0 if cold.prove(layout) else 1
    elif command == "smoke":
        move_into_network(first_process(layout, INTERNET))
        smoke.smoke(layout)
    else:
        raise Misused()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Misused:
        print("bin/openstack: not so; bin/openstack alone tells how", file=sys.stderr)
        sys.exit(2)
    except (NodeFailed, StepFailed, Refused, ClientFailed) as failure:
        print(f"bin/openstack: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
