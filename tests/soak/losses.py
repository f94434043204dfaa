# SPDX-License-Identifier: MPL-2.0
"""Events that were lost, as those who missed them told it, and the faults that explain it.

A loss is explained when the subscriber or the publisher was hurt (stopped, killed, restarted) while
it happened: from the beginning of a fault until `AFTERMATH` seconds after its end, by which time a
link that broke is found out, dialled again and has told the heads.
"""

import re
import time
from dataclasses import dataclass

AFTERMATH = 10.0

SERVICE_LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(?P<ms>\d{3}) \w+ +\S+ events: "
    r"(?P<topic>\S+) from (?P<publisher>\S+): (?P<count>\d+) events were lost")
SHOP_LINE = re.compile(
    r"^lost: (?P<topic>\S+) from (?P<publisher>\S+): (?P<count>\d+) events were lost")


@dataclass(frozen=True)
class Loss:
    when: float  # seconds since 1970
    subscriber: str
    publisher: str
    topic: str
    count: int


@dataclass
class Incident:
    """A fault as it really happened; `end` is None while it lasts."""
    names: tuple
    kind: str
    begin: float
    end: float = None


def losses_in(subscriber, text, now):
    """A shop's lines bear no time: they are read as they come, so `now` is theirs."""
    found = []
    for line in text.splitlines():
        told = SERVICE_LINE.match(line)
        when = now
        if told:
            when = time.mktime(time.strptime(told["time"], "%Y-%m-%d %H:%M:%S"))
            when += int(told["ms"]) / 1000
        else:
            told = SHOP_LINE.match(line)
        if told:
            found.append(Loss(when, subscriber, told["publisher"], told["topic"],
                              int(told["count"])))
    return found


def explains(incident, loss):
    end = incident.end if incident.end is not None else float("inf")
    return (bool({loss.subscriber, loss.publisher} & set(incident.names))
            and incident.begin - 0.1 <= loss.when <= end + AFTERMATH)


def unexplained(losses, incidents):
    return [loss for loss in losses if not any(explains(i, loss) for i in incidents)]
