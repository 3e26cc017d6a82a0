#!/usr/bin/python3
"""Runs many commands of the unmodified OpenStack client, each in a child of one process.

Each line of standard input is a JSON array, the arguments of one "openstack" command; each is
answered by a line {"code": 0, "out": "...", "err": "..."}. What /usr/bin/openstack spends a second
or two on, importing itself, is done once. A child for each command, because the client keeps
clients of services, log handlers and versions in its modules and expects to end after one.
"""

import contextlib
import io
import json
import os
import sys

from openstackclient import shell


def run(arguments):
    """What the script /usr/bin/openstack does, with its outputs caught."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = shell.main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return {"code": code or 0, "out": out.getvalue(), "err": err.getvalue()}


def main():
    # Some commands read an image from standard input when that is no terminal; not from ours.
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    while line := requests.readline():
        child = os.fork()
        if child == 0:
            answer = memoryview(json.dumps(run(json.loads(line))).encode() + b"\n")
            while answer:
                written = os.write(answers, answer)
                answer = answer[written:]
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            died = {"code": 1, "out": "", "err": f"the client ended with {status} and said nothing"}
            os.write(answers, json.dumps(died).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
