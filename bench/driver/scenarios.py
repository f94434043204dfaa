# SPDX-License-Identifier: MPL-2.0
"""What may happen to a service of five instances, and what its callers are promised then. Each
scenario is played by one contender, and gives the figures that its promises are judged by."""

import time

import samples
from fleets import INSTANCES, ONCE, REPEATABLE, Fleet

BAD = 2  # the index of the one that goes wrong
WORKERS = 4
WARM_UP_S = 1.0


class Scale:
    """`works_ms`: what a call takes, and up to half as long again. `rate`: calls a second of each
    caller."""

    def __init__(self, name, works_ms, rate, deadline_ms, healthy_s, fault_s, recovered_s,
                 watched_s):
        self.name = name
        self.works_ms = works_ms
        self.rate = rate
        self.deadline_ms = deadline_ms
        self.healthy_s = healthy_s
        self.detection_s = 5
        self.fault_s = fault_s
        self.recovered_s = recovered_s
        self.watched_s = watched_s


FULL = Scale("full", works_ms=20, rate=200, deadline_ms=500, healthy_s=6, fault_s=8, recovered_s=4,
             watched_s=36)
# For a busy machine: longer works, so that its noise weighs less, and wider limits. Round robin
# misses them by far.
QUICK = Scale("quick", works_ms=40, rate=100, deadline_ms=1000, healthy_s=6, fault_s=8, recovered_s=3,
              watched_s=3)


class Promise:
    """`key`: of the figure. `unit`: "x", a ratio, or "%". What is judged is what is shown. The limits:
    of each scale; without one it is not judged there. `parts`: figures that are shown beside it."""

    def __init__(self, key, title, relation, unit, full=None, quick=None, parts=()):
        self.key = key
        self.title = title
        self.relation = relation
        self.unit = unit
        self.parts = parts
        self.limits = {"full": full, "quick": quick}

    def judged_at(self, scale):
        return self.limits[scale.name] is not None

    def kept(self, figure, scale):
        limit = self.limits[scale.name]
        shown = round(figure, 4 if self.unit == "%" else 2)
        return shown <= limit if self.relation == "≤" else shown >= limit

    def text(self, figures):
        """Of a contender's figures; None: it was not asked."""
        if figures is None:
            return "-"
        figure = figures[self.key]
        beside = ", ".join(f"{figures[part]:.2f} {part}" for part in self.parts)
        return (f"{figure * 100:.2f} %" if self.unit == "%" else f"{figure:.2f}") + (
            f" ({beside})" if beside else "")

    def limit_text(self, scale):
        limit = self.limits[scale.name]
        return f"{self.relation} " + (f"{limit * 100:g} %" if self.unit == "%" else f"{limit:g}")


class Outcome:
    def __init__(self, figures, starved, phases=None):
        self.figures = figures  # by the promises' keys
        self.starved = starved  # a process waited for a CPU
        self.phases = phases or {}

    def as_json(self):
        return {"figures": self.figures, "starved": self.starved, "phases": self.phases}


def lateness(called, served):
    return [late for one in [*called.values(), *served] for late in one.late]


class OneOfFive:
    """It is well, goes wrong, and is well again. `spoil`: what the server is told, or "freeze"."""

    promises = [
        Promise("p99", "p99 after 5 s, to the healthy one", "≤", "x", full=2),
        # The same where a p99 is of too few calls.
        Promise("slow", "slower than twice the healthy p99, after 5 s", "≤", "%", quick=0.03),
        Promise("errors", "errors, idempotent calls", "≤", "%", full=0.001, quick=0.002),
        Promise("errors_once", "errors, other calls", "≤", "%", full=0.01, quick=0.01),
    ]
    apart = False

    def __init__(self, name, title, spoil, *more, watched=False):
        self.name = name
        self.title = title
        self.spoil = spoil
        self.promises = [*self.promises, *more]
        self.watched = watched  # for longer, until it is asked again

    def play(self, programs_at, who, scale):
        after_s = scale.watched_s if self.watched else scale.recovered_s
        length = scale.healthy_s + scale.detection_s + scale.fault_s + after_s
        well = f"works_ms={scale.works_ms}"
        with Fleet(programs_at, who, self.name, kinds=(REPEATABLE, ONCE)) as fleet:
            fleet.temper(well)
            begun = fleet.load(scale.rate, length, scale.deadline_ms)
            time.sleep(scale.healthy_s)
            ill = fleet.freeze(BAD) if self.spoil == "freeze" else fleet.temper(
                self.spoil.format(ten=10 * scale.works_ms), BAD)
            time.sleep(scale.detection_s + scale.fault_s)
            repaired = fleet.thaw(BAD) if self.spoil == "freeze" else fleet.temper(well, BAD)
            called = fleet.called()
            served = fleet.served()
        return self.judged(scale, called, served, begun, ill, repaired)

    @staticmethod
    def judged(scale, called, served, begun, ill, repaired):
        before = scale.deadline_ms / 2e3  # what was due just before may be hit, too
        spans = {"healthy": (begun + WARM_UP_S, ill - before),
                 "detection": (ill - before, ill + scale.detection_s),
                 "fault": (ill + scale.detection_s, repaired),
                 "recovered": (repaired, float("inf"))}
        phases = {kind: {name: calls.within(*span) for name, span in spans.items()}
                  for kind, calls in called.items()}
        end = max(calls.due[-1] for calls in called.values())
        window = 0.5
        share = scale.rate * len(called) / INSTANCES * window
        figures = {"p99": max(of["fault"].p99 / of["healthy"].p99 for of in phases.values()),
                   "slow": max(of["fault"].share_above(2 * of["healthy"].p99)
                               for of in phases.values()),
                   "rush": served[BAD].busiest(repaired, end, window) / share,
                   "share_at_end": served[BAD].within(end - 3, end) / (share / window * 3)}
        for key, kind in (("errors", REPEATABLE), ("errors_once", ONCE)):
            of = phases.get(kind, phases[REPEATABLE])
            bad = [of["detection"], of["fault"]]
            figures[key] = sum(one.errors for one in bad) / sum(one.count for one in bad)
        sound = [one for index, one in enumerate(served) if index != BAD]
        return Outcome(figures, samples.starved(lateness(called, sound), scale.works_ms / 1e3),
                       {kind: {name: one.as_json() for name, one in of.items()}
                        for kind, of in phases.items()})


class RetryStorm:
    """All five go wrong. Every call that reaches them counts, repeated and hedged ones too, and is
    compared with what was asked for. libzmq's calls are repeated by hand, up to three times in all,
    as that of the Lazy Pirate in its guide."""

    apart = False
    used_up_s = 3  # what the budget had saved
    measured_s = 8

    def __init__(self, name, title, spoil, **limits):
        self.name = name
        self.title = title
        self.spoil = spoil
        self.promises = [Promise("load", "calls that reach them, to those asked for", "≤", "x",
                                 parts=("repeated", "hedged"), **limits)]

    def play(self, programs_at, who, scale):
        rate = 5 * scale.rate / 2
        with Fleet(programs_at, who, self.name, attempts=3) as fleet:
            fleet.temper(f"works_ms={scale.works_ms}")
            fleet.load(rate, 1, scale.deadline_ms)
            fleet.called()
            fleet.temper(f"works_ms={scale.works_ms} {self.spoil}")
            fleet.load(rate, self.used_up_s, scale.deadline_ms)
            fleet.called()
            fleet.served()
            fleet.load(rate, self.measured_s, scale.deadline_ms)
            called = fleet.called()
            served = fleet.served()
        return Outcome(self.judged(called[REPEATABLE], served),
                       samples.starved(lateness(called, served), scale.works_ms / 1e3))

    @staticmethod
    def judged(calls, served):
        asked = len(calls.due)
        return {"load": sum(len(one.came) for one in served) / asked,
                "repeated": calls.repeated / asked, "hedged": calls.hedged / asked}


class Overload:
    """Three times as much as five instances with four workers each can do."""

    name = "overload"
    title = "three times the capacity is asked for"
    promises = [Promise("goodput", "goodput, to the capacity", "≥", "x", full=0.9, quick=0.8)]
    apart = True
    measured_s = 6

    def play(self, programs_at, who, scale):
        works_ms = 2 * scale.works_ms
        capacity = INSTANCES * WORKERS / works_ms * 1e3
        with Fleet(programs_at, who, self.name, workers=WORKERS) as fleet:
            fleet.temper(f"works_ms={works_ms} spread=0")
            begun = fleet.load(3 * capacity, WARM_UP_S + self.measured_s, scale.deadline_ms)
            called = fleet.called()
            served = fleet.served()
        done = called[REPEATABLE].within(begun + WARM_UP_S)
        figures = {"goodput": (done.count - done.errors) / (capacity * self.measured_s)}
        return Outcome(figures, samples.starved(lateness(called, served), works_ms / 1e3),
                       {REPEATABLE: {"overload": done.as_json()}})


class LongTail:
    """brpc's: one call in a hundred takes a hundred times as long (docs/en/benchmark.md there)."""

    name = "long-tail"
    title = "one call in a hundred takes a hundred times as long"
    promises = [Promise("p99", "p99 of the others, to that without", "≤", "x", full=1.2,
                        quick=1.6)]
    apart = False
    measured_s = 8

    def play(self, programs_at, who, scale):
        deadline_ms = 200 * scale.works_ms
        with Fleet(programs_at, who, self.name) as fleet:
            fleet.temper(f"works_ms={scale.works_ms}")
            begun = fleet.load(scale.rate, WARM_UP_S + self.measured_s, deadline_ms)
            plain = fleet.called()
            fleet.load(scale.rate, self.measured_s, deadline_ms, 0.01)
            tailed = fleet.called()
            served = fleet.served()
        without = plain[REPEATABLE].within(begun + WARM_UP_S)
        others = tailed[REPEATABLE].within()
        late = lateness(plain, []) + lateness(tailed, served)
        return Outcome({"p99": others.p99 / without.p99, "errors": others.error_share},
                       samples.starved(late, scale.works_ms / 1e3),
                       {REPEATABLE: {"without": without.as_json(), "others": others.as_json()}})


def rush(**limits):
    return Promise("rush", "its busiest half second when well again, to its share", "≤", "x",
                   **limits)


SCENARIOS = [
    OneOfFive("slow", "one of five is ten times as slow", "works_ms={ten}"),
    OneOfFive("hung", "one of five never answers", "hangs=1"),
    OneOfFive("failing", "one of five fails at once", "fails=1", rush(full=2),
              Promise("share_at_end", "its calls half a minute later, to its share", "≥", "x",
                      full=0.5), watched=True),
    OneOfFive("flapping", "one of five fails every other second", "flap_ms=1000"),
    OneOfFive("half-open", "one of five is frozen (SIGSTOP)", "freeze", rush(full=2, quick=3)),
    # Breakers open, and keep most away.
    RetryStorm("storm", "all five fail at once", "fails=1", full=0.5, quick=0.5),
    # Too seldom for them: only the budget is left.
    RetryStorm("often", "all five fail three calls in ten", "fails=0.3", full=1.2, quick=1.25),
    Overload(),
    LongTail(),
]
