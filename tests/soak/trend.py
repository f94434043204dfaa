# SPDX-License-Identifier: MPL-2.0
"""Whether a series of samples grows. Pure.

A slope decides, not a level: the median of the slopes between all pairs of samples (Theil 1950,
Sen 1968). Up to 29 of 100 samples may be anything without moving it, so a burst, or the one step of
an allocator that takes more memory from the kernel, is no growth; a leak that goes on is.

Sen's lower bound of the slope (99 %) must be above what the series can show: `resolution`, the growth
over the whole window that is within the noise. A longer run so sees a slower leak.
"""

import math
import statistics
from dataclasses import dataclass

MOST_POINTS = 200  # a longer series is halved, as often as needed, by means of neighbours
Z_99 = 2.326
FILLING_SECONDS = 120.0
SETTLED_MINUTES = 10.0
LEAST_RESTS = 5  # with fewer the bound is the least of all slopes


@dataclass(frozen=True)
class Growth:
    per_minute: float
    at_least: float  # per minute, with 99 % confidence
    minutes: float  # of the window
    level: float  # median of the last quarter
    grows: bool
    highest: float = 0.0


def halved(points):
    return [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(points[::2], points[1::2])]


def slope_and_lower_bound(points):
    """Per unit of time; `points` are (time, value) with distinct times, three or more."""
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0])
                    for i, a in enumerate(points) for b in points[i + 1:])
    n = len(points)
    spread = Z_99 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    lower = max(0, int((len(slopes) - spread) / 2))
    return statistics.median(slopes), slopes[lower]


def growth(points, warm_up, resolution, filling=0.0, counts=False, least_window=40.0):
    """`points` are (seconds, value) of one life of one process. The first `warm_up` seconds, or the
    first quarter if that is longer, do not count: caches fill, pools reach their size. What fills more
    slowly may grow by `filling` in a window that begins in the first FILLING_SECONDS. What `counts`
    things that come and go, several at a time, grows only above all that the first half of the window
    had: fewer faults in the second half are a slope, too. None when what is left is too short to
    judge."""
    if not points:
        return None
    life = points[-1][0] - points[0][0]
    begin = points[0][0] + max(warm_up, life / 4)
    window = [p for p in points if p[0] >= begin]
    if len(window) < 10 or window[-1][0] - window[0][0] < least_window:
        return None
    minutes = (window[-1][0] - window[0][0]) / 60
    if begin - points[0][0] < FILLING_SECONDS:
        resolution += filling
    level = statistics.median(value for _, value in window[-max(1, len(window) // 4):])
    highest = max(value for _, value in window)
    before = max(value for _, value in window[:(len(window) + 1) // 2]) if counts else -math.inf
    while len(window) > MOST_POINTS:
        window = halved(window)
    slope, lower = slope_and_lower_bound(window)
    grows = lower * 60 * minutes > resolution and level > before
    return Growth(slope * 60, lower * 60, minutes, level, grows, highest)


def growth_at_rests(points, resolution):
    """As growth(), of what a life had at the end of each of its rests. These are minutes apart and do
    not hang together, as the bound supposes. The first does not count: caches fill. None when they are
    too few."""
    points = points[1:]
    if len(points) < LEAST_RESTS:
        return None
    minutes = (points[-1][0] - points[0][0]) / 60
    level = statistics.median(value for _, value in points[-max(1, len(points) // 4):])
    slope, lower = slope_and_lower_bound(points)
    return Growth(slope * 60, lower * 60, minutes, level, lower * 60 * minutes > resolution,
                  max(value for _, value in points))


def still_filling(young, others):
    """Whether a life that grows only fills what an older one of the same service had full, without
    growing: tables that follow the load of their last minute do so whenever the load rises. A leak
    shows in the older one, too."""
    return young.minutes < SETTLED_MINUTES and any(
        other.minutes >= SETTLED_MINUTES and not other.grows and young.level <= other.highest
        for other in others)
