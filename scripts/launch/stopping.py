# SPDX-License-Identifier: MPL-2.0
"""Ends instances in order: SIGTERM, their time to drain, then SIGKILL and a word about it."""

import os
import select
import signal
import time

KILL_PATIENCE_S = 5.0


def stop(run, records, say):
    """All at once; whether they have ended. Each is told by one line."""
    stopping = [_Stop(record) for record in records]
    for one in stopping:
        one.begin()
    for one in stopping:
        one.wait_until(one.deadline)
    late = [one for one in stopping if one.left()]
    for one in late:
        say(f"  {one.record.name}: did not end within {one.record.about['stop_ms']} ms of SIGTERM: "
            "SIGKILL")
        one.kill()
    for one in late:
        one.wait_until(time.monotonic() + KILL_PATIENCE_S)
    after = run.settle()
    for one in stopping:
        _say_how(one, after.get(one.record.name), say)
        if not one.left():
            run.forget(one.record.name)
        one.close()
    return not any(one.left() for one in stopping)


def _say_how(one, record, say):
    name = one.record.name
    if one.left():
        say(f"  {name}: still there, pid {one.left()[0].pid}: the kernel does not let it go")
    elif one.was_gone:
        say(f"  {name}: had ended before ({(record or one.record).how_it_ended()})")
    elif record and record.ended:
        say(f"  {name}: ended after {record.ended['at'] - one.begun_at:.1f} s, "
            f"{record.how_it_ended()}")
    else:
        say(f"  {name}: ended")


class _Stop:
    """One instance, with all that belongs to its session, held by pidfds."""

    def __init__(self, record):
        self.record = record
        self.deadline = time.monotonic() + record.about["stop_ms"] / 1000
        self.begun_at = time.time()
        self.was_gone = not record.process.alive()
        self.held = []
        if not self.was_gone:
            everyone = [record.process, *record.process.followers()]
            self.held = [(one, fd) for one in everyone if (fd := one.open()) is not None]

    def begin(self):
        # A stopped process would not hear SIGTERM before SIGCONT.
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def kill(self):
        self._signal(signal.SIGKILL)

    def _signal(self, number):
        for _, fd in self.held:
            try:
                signal.pidfd_send_signal(fd, number)
            except ProcessLookupError:
                pass

    def left(self):
        return [one for one, _ in self.held if one.alive()]

    def wait_until(self, deadline):
        for one, fd in self.held:
            poll = select.poll()
            poll.register(fd, select.POLLIN)  # readable once the process has ended
            while one.alive() and (patience := deadline - time.monotonic()) > 0:
                poll.poll(min(patience, 1.0) * 1000)

    def close(self):
        for _, fd in self.held:
            os.close(fd)
        self.held = []
