# SPDX-License-Identifier: MPL-2.0
"""What callers and servers noted, as figures of a phase. Times are in seconds of CLOCK_MONOTONIC."""

import bisect

import ratios

# A timer that is this much of the usual work late says that the process did not get a CPU.
LATE_PART = 0.25
# So many of them may be.
LATE_SHARE = 0.005


class Figures:
    """Of the calls of a phase, whatever they came to."""

    def __init__(self, took, errors):
        self.took = sorted(took)
        self.count = len(took)
        self.errors = errors
        self.p50 = ratios.quantile(self.took, 0.5) if took else None
        self.p99 = ratios.quantile(self.took, 0.99) if took else None

    @property
    def error_share(self):
        return self.errors / self.count if self.count else 0.0

    def share_above(self, limit):
        return 1 - bisect.bisect_right(self.took, limit) / self.count

    def as_json(self):
        return {"calls": self.count, "errors": self.errors, "p50_s": self.p50, "p99_s": self.p99}


class Calls:
    """The report of a caller."""

    def __init__(self, report):
        self.due = [us / 1e6 for us in report["due"]]
        self.took = [us / 1e6 for us in report["took"]]
        self.failed = set(report["failed"])
        self.long = set(report["long"])
        self.late = [us / 1e6 for us in report["late"]]
        self.repeated = report["repeated"]
        self.hedged = report["hedged"]

    def within(self, begin=float("-inf"), end=float("inf")):
        """Of the calls that were due then, the long ones left out."""
        which = [number for number in range(bisect.bisect_left(self.due, begin),
                                            bisect.bisect_left(self.due, end))
                 if number not in self.long]
        return Figures([self.took[number] for number in which],
                       sum(number in self.failed for number in which))


class Served:
    """The report of a server."""

    def __init__(self, report):
        self.came = sorted(us / 1e6 for us in report["came"])
        self.late = [us / 1e6 for us in report["late"]]

    def within(self, begin, end):
        return bisect.bisect_left(self.came, end) - bisect.bisect_left(self.came, begin)

    def busiest(self, begin, end, window):
        """The most calls that came within so many seconds."""
        came = [at for at in self.came if begin <= at < end]
        return max((bisect.bisect_left(came, at + window) - index for index, at in enumerate(came)),
                   default=0)


def starved(late, works_s):
    """Whether those whose timers were that late lacked CPUs."""
    limit = works_s * LATE_PART
    return sum(one > limit for one in late) > LATE_SHARE * len(late)
