# SPDX-License-Identifier: MPL-2.0
"""Where a long load rests, and its shape with the rests in it. Pure.

Under load what is in use follows the load: answers are kept for a minute for those who ask again,
members that left are remembered for as long, calls are under way. At the end of a rest of more than a
minute all that is gone. What is in use then is held for good, and a long run is judged by that.
"""

import csv
import math

SHORTEST_RUN = 1800.0  # seconds; a shorter one has too few of them to tell
EVERY = 300.0
LASTS = 90.0  # the shop begins some seconds after the load
BEFORE_END, AFTER_END = 6.0, 40.0  # of a rest: when it is measured
FAULTLESS = 5.0  # seconds before a rest


def spans(seconds):
    """Begin and end of each, in seconds since the beginning of the load."""
    if seconds < SHORTEST_RUN:
        return []
    return [((i + 1) * EVERY - LASTS, (i + 1) * EVERY) for i in range(int(seconds // EVERY))]


def disturbs(fault, rests):
    return any(fault.at < end and fault.at + fault.lasts > begin - FAULTLESS for begin, end in rests)


def made(at):
    """Busy and quiet ten minutes in turns, and a surge in each."""
    return 1 + 0.8 * math.sin(2 * math.pi * at / 1200) + (2 if at % 600 < 20 else 0)


def shape(seconds, rests, values):
    """One value for each second. `values`, when there are any, are spread over what is no rest."""
    resting = [any(begin <= at < end for begin, end in rests) for at in range(int(seconds))]
    active = resting.count(False)
    result, done = [], 0
    for at, rest in enumerate(resting):
        result.append(0.0 if rest else values[done * len(values) // active] if values else made(at))
        done += not rest
    return result


def values_in(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [float(row["value"]) for row in csv.DictReader(file)]
