# SPDX-License-Identifier: MPL-2.0
"""The running: all contenders of a case are up at once, and run one after the other, round by round,
each round in another order. Some rounds on, all of them are started anew: how a process lies in memory,
and which CPU its threads woke on first, favours it or not for as long as it lives, and that is luck, not
what is compared (Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS
2009)."""

import os
import random
import sys
import tempfile

import contenders
import programs


class Plan:
    def __init__(self, rounds, warm_up, span, anew=5):
        self.rounds = rounds
        self.warm_up = warm_up
        self.span = span
        self.anew = anew  # so many rounds have the same processes

    def sittings(self):
        """The numbers of the rounds, by the processes that they share."""
        return [range(begin, min(begin + self.anew, self.rounds))
                for begin in range(0, self.rounds, self.anew)]


class QuietMachine:
    """Keeps the CPUs out of their sleep states, whose ends cost more than what is measured, and puts
    the benchmark before what else runs. Each where it is permitted."""

    latency = "/dev/cpu_dma_latency"
    session = "/proc/self/autogroup"
    first = -20

    def __init__(self, polite=False):
        self.polite = polite  # others work here, too: leave precedence as it is

    def __enter__(self):
        self.file = None
        try:
            self.file = open(self.latency, "wb", buffering=0)
            self.file.write(bytes(4))
            awake = True
        except OSError:
            awake = False
        first = False
        try:
            if not self.polite:
                os.setpriority(os.PRIO_PROCESS, 0, self.first)  # all programs inherit it
                self.prefer_session()
                first = True
        except OSError:
            pass
        return {"awake": awake, "first": first}

    def prefer_session(self):
        """Where the kernel shares out CPUs by session first, niceness counts within one only."""
        if os.path.exists(self.session):
            with open(self.session, "w", encoding="ascii") as file:
                file.write(str(self.first))

    def __exit__(self, *_):
        if self.file:
            self.file.close()


def value_of(case, made):
    """The figure of a case: microseconds of the median round trip, or how many per second."""
    if case.less_is_better:
        return made["p50_us"]
    return made["operations"] / made["seconds"]


def judged(case, made):
    """What a run gave, or a reason to refuse it."""
    if made["operations"] == 0 or made["seconds"] <= 0:
        raise programs.Stalled("it finished nothing in any round")
    if made["wrong"]:
        raise programs.Failed(f"{made['wrong']} answers or events were wrong, lost or out of order")
    return {"value": value_of(case, made),
            "cpu_us": made["cpu_s"] / made["all_operations"] * 1e6,
            "p99_us": made["p99_us"]}


def run_case(case, entrants, plan, chance):
    """{"name", "rounds": [{contender: {"value", "cpu_us", "p99_us"}}], "failures"}"""
    result = {"name": case.name, "title": case.title, "unit": case.unit, "rounds": [],
              "contenders": [entrant.name for entrant in entrants], "failures": {}}
    left = list(entrants)
    for numbers in plan.sittings():
        teams = run_sitting(case, left, plan, chance, numbers, result)
        left = [entrant for entrant in left if entrant.name in teams]
    return result


def run_sitting(case, entrants, plan, chance, numbers, result):
    """Those who are still up at its end."""
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as directory:
        stage = contenders.Stage(directory)
        try:
            teams = start_all(case, entrants, stage, result["failures"])
            for number in numbers:
                result["rounds"].append(run_round(case, teams, plan, chance, result))
                show_progress(case, number + 1, plan.rounds)
            for name, lines in stage.audit().items():
                result["failures"].setdefault(name, "; ".join(lines))
                teams.pop(name, None)
            return teams
        finally:
            stage.end()


def start_all(case, entrants, stage, failures):
    teams = {}
    for entrant in entrants:
        try:
            teams[entrant.name] = entrant.start(case, stage)
        except (programs.Failed, OSError) as failed:
            failures[entrant.name] = str(failed)
    return teams


def run_round(case, teams, plan, chance, result):
    """A contender that stalls misses the round; one that fails is out."""
    failures = result["failures"]
    succeeded = {name for before in result["rounds"] for name in before}
    done = {}
    order = list(teams)
    chance.shuffle(order)
    for name in order:
        try:
            done[name] = judged(case, teams[name].run(plan.warm_up, plan.span))
            failures.pop(name, None)
        except programs.Stalled as stalled:
            if name not in succeeded:
                failures[name] = str(stalled)
        except (programs.Failed, OSError, ValueError) as failed:
            failures[name] = str(failed)
            del teams[name]
    return done


def show_progress(case, number, of):
    end = "\n" if number == of else "\r"
    print(f"  {case.name}: round {number} of {of}", end=end, file=sys.stderr, flush=True)


def run_all(cases, choose, plan, seed):
    chance = random.Random(seed)
    return [run_case(case, choose(case), plan, chance) for case in cases]
