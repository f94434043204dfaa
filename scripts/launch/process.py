# SPDX-License-Identifier: MPL-2.0
"""A process that is still the one we mean.

Design notes
- A pid alone says little: it is given away again. A process is its pid, the time of its start in
  ticks since boot (field 22 of /proc/PID/stat), and the boot.
- Signals go through a pidfd, which is opened before the start time is compared, so that nothing
  between the two can put a stranger in its place."""

import dataclasses
import os
import signal

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def boot_id():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def stat_of(pid):
    """Fields of /proc/PID/stat from the state on, or None. The name before them may hold anything."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2].split()
    except OSError:
        return None


STATE, SESSION, START_TIME, RSS = 0, 3, 19, 21


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    start_time: int
    boot: str

    @staticmethod
    def of(pid):
        stat = stat_of(pid)
        return Process(pid, int(stat[START_TIME]), boot_id()) if stat else None

    def stat(self):
        """None when it is not there any more; a zombie is not."""
        stat = stat_of(self.pid)
        if not stat or int(stat[START_TIME]) != self.start_time or stat[STATE] in b"ZX":
            return None
        return stat if self.boot == boot_id() else None

    def alive(self):
        return self.stat() is not None

    def frozen(self):
        stat = self.stat()
        return bool(stat) and stat[STATE] in (b"T", b"t")

    def rss_bytes(self):
        stat = self.stat()
        return int(stat[RSS]) * PAGE if stat else 0

    def uptime_s(self):
        with open("/proc/uptime", encoding="ascii") as file:
            return max(0.0, float(file.read().split()[0]) - self.start_time / TICKS)

    def followers(self):
        """Others of the session that it leads: what it has started and not let go."""
        out = []
        for name in os.listdir("/proc"):
            stat = stat_of(name) if name.isdigit() and int(name) != self.pid else None
            if stat and int(stat[SESSION]) == self.pid and stat[STATE] not in b"ZX":
                out.append(Process(int(name), int(stat[START_TIME]), self.boot))
        return out

    def open(self):
        """A pidfd of it, to poll and to signal, or None when it is gone."""
        try:
            fd = os.pidfd_open(self.pid)
        except OSError:
            return None
        if self.alive():
            return fd
        os.close(fd)
        return None

    def signal(self, *numbers):
        """Whether it was there to be told."""
        fd = self.open()
        if fd is None:
            return False
        try:
            for number in numbers:
                signal.pidfd_send_signal(fd, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(fd)
        return True
