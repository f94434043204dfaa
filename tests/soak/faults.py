# SPDX-License-Identifier: MPL-2.0
"""What is done to the instances, and when. Pure: one seed and length give one plan.

The first instance of each service is its *veteran*: it is stopped for a while like the others, but
restarted only by a blackout, and a blackout happens in the first third of a run only. So the longest
series of samples, on which slow growth shows, has at least two thirds of the run.
"""

import random
from dataclasses import dataclass

CALM_BEGIN = 0.10  # shares of the run without faults, for a floor to compare with
CALM_END = 0.10
BLACKOUT_EVERY = 240.0  # seconds
AFTER_BLACKOUT = 8.0  # nothing else for so long: the promise is about settling undisturbed


@dataclass(frozen=True)
class Fault:
    at: float
    kind: str  # term, kill, stop or blackout
    targets: tuple
    lasts: float  # until it is started or continued again


def blackouts(chance, seconds):
    """All of payment is killed: now and then, early, and once even in a short run."""
    first, last = 0.15 * seconds, 0.30 * seconds
    times = [chance.uniform(first, last)] if seconds >= 45 else []
    while times and times[-1] + BLACKOUT_EVERY < last:
        times.append(times[-1] + BLACKOUT_EVERY)
    return times


def one_fault(chance, service, instances, at):
    if instances == 1 or chance.random() < 0.4:
        return Fault(at, "stop", (f"{service}-{chance.randint(1, instances)}",),
                     chance.uniform(0.3, 6.0))
    return Fault(at, chance.choice(("term", "kill")),
                 (f"{service}-{chance.randint(2, instances)}",), chance.uniform(0.2, 4.0))


def plan(seed, seconds, instances):
    """Faults in the order of time. At most one instance of a service is hurt at a time, but for
    blackouts."""
    chance = random.Random(seed)
    dark = blackouts(chance, seconds)
    everybody = tuple(f"payment-{i}" for i in range(1, instances + 1))
    made = []
    now = CALM_BEGIN * seconds
    while True:
        now += chance.uniform(2.0, 8.0)
        if dark and now + 10 >= dark[0]:
            now = max(now, dark.pop(0))
            made.append(Fault(now, "blackout", everybody, chance.uniform(2.0, 4.0)))
            now += made[-1].lasts + AFTER_BLACKOUT
            continue
        services = ["order", "payment"] if chance.random() < 0.25 else [
            chance.choice(("order", "payment"))]
        chosen = [one_fault(chance, service, instances, now) for service in services]
        now += max(fault.lasts for fault in chosen)
        if now > (1 - CALM_END) * seconds:
            return made
        made += chosen
