#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""What callers notice when instances are slow, hung, failing, flapping, frozen or overloaded: kith
with its defaults beside one DEALER that takes turns."""

import argparse
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import fleets
import machine
import programs
import rounds
import scenarios
import tables

LABELS = {"kith": "kith", "zmq": "ZeroMQ, in turns"}


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench --resilience", description=__doc__,
        epilog="scenarios: " + " ".join(one.name for one in scenarios.SCENARIOS))
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)  # "": see to the options only
    parser.add_argument("--only", metavar="REGEX", default="", help="the scenarios whose names match")
    parser.add_argument("--contenders", metavar="REGEX", default="", help="kith, zmq")
    parser.add_argument("--quick", action="store_true",
                        help="in half a minute: all at the same time, with longer works, a lower "
                             "rate and wider limits")
    parser.add_argument("--json", metavar="FILE", help="write the results there; - is standard output")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks-resilience.md")
    parser.add_argument("--polite", action="store_true",
                        help="do not take precedence over what else runs on the machine")
    given = parser.parse_args()
    if given.page and (given.quick or given.only or given.contenders):
        parser.error("--page is for full runs: leave out --quick, --only, --contenders")
    try:
        given.scenarios = [one for one in scenarios.SCENARIOS if re.search(given.only, one.name)]
        given.who = [who for who in fleets.PROGRAMS if re.search(given.contenders, who)]
    except re.error as wrong:
        parser.error(f"{wrong.pattern}: {wrong}")
    if not given.scenarios or not given.who:
        parser.error("nothing is called so")
    return given


def promises_of(scenario, scale):
    return [promise for promise in scenario.promises if promise.judged_at(scale)]


def kept(scenario, outcome, scale):
    return all(promise.kept(outcome.figures[promise.key], scale)
               for promise in promises_of(scenario, scale))


def play(scenario, who, given, scale):
    """Once more when it went wrong and a process had to wait for a CPU."""
    outcome = scenario.play(given.programs, who, scale)
    if outcome.starved and not kept(scenario, outcome, scale) and who == "kith":
        print(f"  {scenario.name}: timers were late: this machine has other work; once more",
              file=sys.stderr, flush=True)
        outcome = scenario.play(given.programs, who, scale)
    return outcome


def play_together(parts, given, scale):
    """[(scenario, who)] → {(name, who): outcome}"""
    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        begun = {(scenario.name, who): pool.submit(play, scenario, who, given, scale)
                 for scenario, who in parts}
        return {key: one.result() for key, one in begun.items()}


def groups_of(given):
    """What runs at the same time: the contenders of a scenario, which mostly wait; what keeps the
    CPUs busy runs alone."""
    if given.quick:
        yield [(one, who) for one in given.scenarios for who in given.who if not one.apart]
    for one in given.scenarios:
        if one.apart:
            yield from ([(one, who)] for who in given.who)
        elif not given.quick:
            yield [(one, who) for who in given.who]


def play_all(given, scale):
    outcomes = {}
    for parts in groups_of(given):
        print("  " + ", ".join(f"{one.name} ({who})" for one, who in parts), file=sys.stderr,
              flush=True)
        outcomes.update(play_together(parts, given, scale))
    return outcomes


class Row:
    """One promise of a scenario."""

    def __init__(self, scenario, promise, outcomes, scale):
        self.figures = {who: outcomes[scenario.name, who].figures
                        for who in fleets.PROGRAMS if (scenario.name, who) in outcomes}
        ours = self.figures.get("kith")
        self.held = None if ours is None else promise.kept(ours[promise.key], scale)
        self.cells = [scenario.title if promise is promises_of(scenario, scale)[0] else "", promise.title,
                      promise.limit_text(scale), *(promise.text(self.figures.get(who))
                                              for who in fleets.PROGRAMS),
                      {None: "-", True: "yes", False: "no"}[self.held]]


HEAD = ["", "", "promised", *(LABELS[who] for who in fleets.PROGRAMS), "held"]

PAGE = """# Benchmarks of resilience

This page is written by `scripts/bench --resilience --page`; do not edit it. It is what

```sh
{command}
```

measured on {cores} cores of {cpu}, Linux {kernel}, in one run.

{table}

Five server processes, and callers of their own, over tcp on one machine. A call is waited for and not worked on: it takes
{works} ms, and up to half as long again, of a timer, so that few cores do not decide. Each caller begins {rate}
calls a second, whatever became of those before, and a call's time counts from when it was due. Its deadline is {deadline} ms.
Only ratios mean something; docs/resilience.md says what the rows are. In the two storms every call that reaches a server counts.

- **kith** runs with its defaults (four workers in the overload are `max_calls = 4`). Of its two callers one makes idempotent
  calls and one others; the p99 is that of the worse one.
- **ZeroMQ, in turns** is one DEALER that is connected to five ROUTERs. It repeats nothing, but in the two storms: there up to three
  attempts, as the Lazy Pirate of its guide.
"""


def write_page(results, table):
    about = results["machine"]
    scale = scenarios.FULL
    where = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "benchmarks-resilience.md")
    with open(where, "w", encoding="utf-8") as file:
        file.write(PAGE.format(command=results["command"], cores=about["cores"], cpu=about["cpu"],
                               kernel=about["kernel"], works=scale.works_ms, rate=scale.rate,
                               deadline=scale.deadline_ms,
                               table="\n".join(tables.markdown(table))))


def main():
    given = arguments()
    if not given.programs:
        return 0
    scale = scenarios.QUICK if given.quick else scenarios.FULL
    with rounds.QuietMachine(given.polite) as quiet:
        outcomes = play_all(given, scale)
    rows = [Row(scenario, promise, outcomes, scale) for scenario in given.scenarios
            for promise in promises_of(scenario, scale)]
    table = [HEAD, *(row.cells for row in rows)]
    command = machine.command()
    results = {"command": command, "machine": machine.description(), "quiet": quiet,
               "rows": [dict(zip(("scenario", "figure", "promised", *fleets.PROGRAMS, "held"),
                                 row.cells)) for row in rows],
               "outcomes": {f"{name}/{who}": outcome.as_json()
                            for (name, who), outcome in outcomes.items()}}
    if given.json:
        with (sys.stdout if given.json == "-" else open(given.json, "w", encoding="utf-8")) as file:
            json.dump(results, file, indent=1)
    if given.json != "-":
        print("\n".join(tables.aligned(table)))
    if given.page:
        write_page(results, table)
    return 1 if any(row.held is False for row in rows) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (programs.Failed, OSError) as failed:
        print(f"scripts/bench: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
