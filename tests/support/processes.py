# SPDX-License-Identifier: MPL-2.0
"""The processes of a rig: started, waited for, read, and ended by their ids, at the latest with the rig.

A span is given as on a usual machine; whoever waits here waits `SLOWER` times as long."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import time

BIN = os.environ.get("KITH_BIN_DIR", "build/dev/bin")
SLOWER = float(os.environ.get("KITH_TIMEOUT_FACTOR", "1"))  # than usual, the nodes may be

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Late(AssertionError):
    """What was waited for did not come in time."""


def wait_until(condition, what, limit_s=20, pause_s=0.05):
    """What `condition` gives, once that is true. `what` it is that did not come: a text, or what makes
    one."""
    end = time.monotonic() + limit_s * SLOWER
    while not (found := condition()):
        if time.monotonic() > end:
            raise Late(f"not within {limit_s * SLOWER:g} s: {what() if callable(what) else what}")
        time.sleep(pause_s)
    return found


def plain_environment(**changes):
    """Ours, without the settings of nodes that are in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    return {**kept, **changes}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_udp_port():
    """A beacon port of one's own: nobody else's nodes are heard."""
    return free_port(socket.SOCK_DGRAM)


def run(command, limit_s=30, **options):
    """Until it ends, with both its outputs as texts."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, **{"capture_output": True, "text": True, "check": False,
                                      "timeout": limit_s * SLOWER,
                                      "preexec_fn": _die_with_parent, **options})


class Process(subprocess.Popen):
    """A child that dies with us. With `log`, a path, both its outputs go to the end of that file."""

    def __init__(self, command, log=None, name=None, **options):
        self.name = name or os.path.basename(command[0])
        self.log_path = log
        self.crashed = False
        options = {"stdin": subprocess.DEVNULL, "preexec_fn": _die_with_parent, **options}
        if log is None:
            super().__init__(command, **options)
            return
        with open(log, "ab") as file:
            super().__init__(command, **{"stdout": file, "stderr": file, **options})

    def __exit__(self, failed, *rest):
        if failed and self.poll() is None:
            self.kill()  # else the failure would wait for its end
        super().__exit__(failed, *rest)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, pattern, limit_s=20, since=0):
        """The match of a pattern in its log, behind `since` characters."""
        def said():
            found = re.search(pattern, self.log()[since:])
            if not found and self.poll() is not None:
                raise Late(f"{self.name} ended with status {self.returncode} and never said "
                           f"{pattern!r}:\n{self.log()}")
            return found

        return wait_until(said, lambda: f"{self.name} says {pattern!r}:\n{self.log()}", limit_s, 0.01)

    def wait_at_most(self, limit_s):
        """Its status, or None when it goes on."""
        try:
            return self.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None

    def crash(self):
        """It ends as it is meant to: without a last word."""
        self.crashed = True
        self.kill()
        return self.wait()

    def end(self, limit_s=10):
        """Its status: after SIGTERM, also when it was stopped; SIGKILL if it does not go."""
        end_all([self], limit_s)
        return self.returncode


def end_all(processes, limit_s=10):
    """All at once, for so long together. Gives lines about those that did not end with status 0."""
    running = [one for one in processes if one.poll() is None]
    for one in running:
        one.terminate()
        one.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + limit_s * SLOWER
    for one in running:
        if one.wait_at_most(max(0.01, deadline - time.monotonic())) is None:
            one.kill()
            one.wait()
    return [f"{one.name} ended with status {one.returncode}" for one in processes
            if one.returncode and not one.crashed]
