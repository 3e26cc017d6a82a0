"""The first process of a node; run by itself, in new namespaces: node.py DESCRIPTION.

DESCRIPTION is a file with a JSON object: hostname; binds, a list of [from, to]; ready, a file that
is made when all is mounted. Afterwards this process only waits for processes that lost their
parents. The node ends with it.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import List, Optional

_MS_BIND = 4096
_LIBC = ctypes.CDLL(None, use_errno=True)
# Directories of the node's own /run, with modes; services that are not root write there.
_RUN = (
    ("libvirt", 0o755),
    ("lock", 0o1777),
    ("mysqld", 0o1777),
    ("netns", 0o755),
    ("sshd", 0o755),
    ("tresccad-services", 0o755),
)


def mount(source: str, target: str, kind: Optional[str], flags: int = 0, data: str = "") -> None:
    code = _LIBC.mount(
        source.encode(), target.encode(), kind.encode() if kind else None, flags, data.encode()
    )
    if code != 0:
        raise OSError(ctypes.get_errno(), f"cannot mount {source} on {target}")


def main(arguments: List[str]) -> None:
    description = json.loads(Path(arguments[0]).read_text())
    socket.sethostname(description["hostname"])
    for source, target in description["binds"]:
        mount(source, target, None, _MS_BIND)
    # Its own sysfs, because that shows the interfaces of the namespace it was mounted in.
    mount("sysfs", "/sys", "sysfs")
    mount("proc", "/proc", "proc")
    # Hides the machine's D-Bus and systemd too: libvirt would register guests with them.
    mount("tmpfs", "/run", "tmpfs", data="mode=755,size=256m")
    for name, mode in _RUN:
        os.mkdir("/run/" + name)
        os.chmod("/run/" + name, mode)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    Path(description["ready"]).touch()
    while True:
        try:
            # Those that end while none is waited for leave the signal pending.
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        signal.sigwait({signal.SIGCHLD})


if __name__ == "__main__":
    main(sys.argv[1:])
