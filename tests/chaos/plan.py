# SPDX-License-Identifier: MPL-2.0
"""What is done to whom, and when. Pure: one seed gives one plan, however long it is read."""

import random
from dataclasses import dataclass

# Places in the code where a process kills itself (core/src/base/failpoint.hpp), and whose.
FAILPOINTS = {
    "order": ("outbox.append", "outbox.number", "outbox.commit", "outbox.announce", "inbox.apply",
              "inbox.cursor", "inbox.commit", "call.served:order.place", "call.served:order.get",
              "call.served:kith.log_read"),
    "payment": ("outbox.append", "outbox.number", "outbox.commit", "outbox.announce", "inbox.apply",
                "inbox.cursor", "inbox.commit", "call.answered:order.get",
                "call.written:gateway.charge", "call.answered:gateway.charge",
                "call.answered:gateway.refund", "call.served:kith.log_read"),
    "gateway": ("outbox.commit", "call.served:gateway.charge", "call.served:gateway.refund"),
}
LATEST_PASS = 12  # a failpoint strikes at one of its first passes
GIVE_UP = 6.0  # seconds for which a failpoint is waited for, until it is a plain kill


@dataclass(frozen=True)
class Fault:
    after: float  # seconds since the one before
    victim: str
    kind: str  # kill, stop or failpoint
    lasts: float  # until it is started, or continued, again
    failpoint: str = ""


def plan(seed, instances):
    """Faults without end."""
    chance = random.Random(seed)
    victims = [f"{service}-{i}" for service in ("order", "payment")
               for i in range(1, instances + 1)] + ["gateway-1"]
    while True:
        victim = chance.choice(victims)
        kind = chance.choices(("kill", "failpoint", "stop"), (5, 4, 1))[0]
        after = chance.uniform(0.1, 1.2)
        if kind == "stop":
            # Shorter and longer than a lease, which is two seconds.
            yield Fault(after, victim, kind, chance.choice((chance.uniform(0.1, 1.0),
                                                            chance.uniform(2.5, 5.0))))
            continue
        point = ""
        if kind == "failpoint":
            name = chance.choice(FAILPOINTS[victim.rpartition("-")[0]])
            point = f"{name}={chance.randint(1, LATEST_PASS)}"
        yield Fault(after, victim, kind, chance.uniform(0.0, 0.8), point)
