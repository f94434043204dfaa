# SPDX-License-Identifier: MPL-2.0
"""What kith wants to reach, as ratios within one run."""

import operator

import ratios

_COMPARE = {"<=": operator.le, ">=": operator.ge}


class Goal:
    def __init__(self, title, case, contender, base, relation, limit):
        self.title = title
        self.case = case
        self.contender = contender
        self.base = base
        self.relation = relation
        self.limit = limit


GOALS = [
    Goal("round trip of an order over tcp, against libzmq over tcp",
         "round-trip-order", "kith-blocking/tcp", "libzmq/tcp", "<=", 1.25),
    Goal("round trip of an order over ipc, against libzmq over ipc",
         "round-trip-order", "kith-blocking/ipc", "libzmq/ipc", "<=", 1.25),
    Goal("round trip of an order on one host, against libzmq over tcp",
         "round-trip-order", "kith-blocking/ipc", "libzmq/tcp", "<=", 1.0),
    Goal("calls of an order per second, 64 in flight, over tcp, against libzmq",
         "calls-order-64", "kith/tcp", "libzmq/tcp", ">=", 1.2),
    Goal("events of 64 octets per second over tcp, against libzmq",
         "events-64-to-1", "kith/tcp", "libzmq/tcp", ">=", 2.0),
    Goal("events of 64 octets per second over tcp, against NATS",
         "events-64-to-1", "kith/tcp", "nats/tcp", ">=", 4.0),
]

# What encryption, certificates and authorisation may cost. libzmq is plain, and packs nothing.
SECURE_GOALS = [
    Goal("round trip of an order over tcp with certificates, against kith without",
         "round-trip-order", "kith-secure-blocking/tcp", "kith-blocking/tcp", "<=", 1.2),
    Goal("events of 64 octets per second over tcp with certificates, against plain libzmq",
         "events-64-to-1", "kith-secure/tcp", "libzmq/tcp", ">=", 1.2),
]

# What it may cost to be seen. Watched: pages that are read every second, spans that go to a collector, a tap for
# what goes wrong, `kith top` and the live map, beside what there is by default: the flight recorder and the ids of
# traces. Unseen: nothing of it.
_SEEN_CASES = [
    ("round trip of an order", "round-trip-order", "-blocking"),
    ("calls of an order per second, 64 in flight,", "calls-order-64", ""),
    ("events of 64 octets per second", "events-64-to-1", ""),
]


def _seen_goals():
    for what, mine, other, share in (("watched, against unseen", "kith-watched", "kith-unseen", 0.05),
                                     ("recorded, against unrecorded", "kith", "kith-unrecorded", 0.03)):
        for title, case, how in _SEEN_CASES:
            for transport in ("tcp", "ipc"):
                less = case.startswith("round-trip")
                yield Goal(f"{title} over {transport}, {what}", case, f"{mine}{how}/{transport}",
                           f"{other}{how}/{transport}", "<=" if less else ">=",
                           1 + share if less else 1 - share)


UNSEEN_GOALS = list(_seen_goals())


def of(results):
    return (SECURE_GOALS if results.get("secure") else
            UNSEEN_GOALS if results.get("unseen") else GOALS)


class Judgement:
    def __init__(self, goal, spread):
        self.goal = goal
        self.spread = spread
        if spread is None:
            self.verdict = "not measured"
        else:
            self.verdict = "met" if self._meets(spread.median) else "missed"
            if spread.surely and self._meets(spread.surely[0]) != self._meets(spread.surely[1]):
                self.verdict += ", unsure"

    @property
    def met(self):
        return self.verdict.startswith("met")

    def _meets(self, value):
        return _COMPARE[self.goal.relation](value, self.goal.limit)


def judge(goals, results):
    rounds = {case["name"]: case["rounds"] for case in results["cases"]}
    judged = []
    for goal in goals:
        values = values_of(rounds.get(goal.case, []), "value")
        judged.append(Judgement(goal, ratios.spread_of_ratios(values, goal.contender, goal.base,
                                                              results["plan"]["anew"])))
    return judged


def values_of(rounds, key):
    """[{contender: {key: value, ...}}] → [{contender: value}]"""
    return [{name: made[key] for name, made in done.items()} for done in rounds]
