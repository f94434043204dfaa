#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Runs the benchmarks; scripts/bench builds them first."""

import argparse
import json
import os
import re
import sys

import contenders
import goals
import machine
import page
import programs
import rounds
import tables

SECURE_CASES = r"^(round-trip-order|events-64-to-1)$"
UNSEEN_CASES = r"^(round-trip-order|calls-(64|order)-64|events-64-to-1)$"
QUICK_CASES = r"^(round-trip-order|calls-order-64|events-64-to-1)$"


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="kith against raw libzmq, and gRPC and NATS where they are installed: side by side,\n"
                    "in one run, as ratios.",
        epilog="cases: " + " ".join(case.name for case in contenders.CASES))
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)  # "": see to the options only
    parser.add_argument("--quick", action="store_true", help="a look in half a minute: three cases")
    parser.add_argument("--only", metavar="REGEX", help="the cases whose names match")
    parser.add_argument("--contenders", metavar="REGEX", help="those whose names match, and libzmq")
    parser.add_argument("--secure", action="store_true",
                        help="what certificates cost: kith with them beside kith without; two cases")
    parser.add_argument("--unseen", action="store_true",
                        help="what it costs to be seen: kith watched, as by default, without recorder, and "
                             "without recorder and traces")
    parser.add_argument("--versus", metavar="DIR",
                        help="the programs of another build: kith runs from both, side by side")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each case (9); from 26 on the goals have intervals")
    parser.add_argument("--span-ms", type=float, metavar="MS", help="length of one run (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of contenders")
    parser.add_argument("--json", metavar="FILE", help="write the results there; - is standard output")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks.md, with --unseen docs/benchmarks-seen.md, with --secure "
                             "docs/benchmarks-secure.md (full runs only)")
    parser.add_argument("--polite", action="store_true",
                        help="do not take precedence over what else runs on the machine")
    parser.add_argument("--check", action="store_true", help="status 1 when a goal is missed")
    parser.add_argument("--list", action="store_true", help="name the cases and their contenders")
    given = parser.parse_args()
    if given.page and (given.quick or given.only or given.contenders or given.versus):
        parser.error("--page is for full runs: leave out --quick, --only, --contenders, --versus")
    if sum(map(bool, (given.secure, given.unseen, given.versus))) > 1:
        parser.error("--secure, --unseen and --versus: one of them")
    if (given.rounds or 9) < 9 and given.page:
        parser.error("--page needs at least 9 rounds")
    if (given.rounds is not None and given.rounds < 1) or (given.span_ms or 1) <= 0:
        parser.error("--rounds and --span-ms are more than 0")
    return given, parser


def plan_of(given):
    count = given.rounds or (5 if given.quick else 9)
    span = (given.span_ms or 200) / 1e3
    return rounds.Plan(count, span / 4, span)


def chosen_cases(given, parser):
    pattern = given.only or (SECURE_CASES if given.secure else UNSEEN_CASES if given.unseen
                             else QUICK_CASES if given.quick else "")
    try:
        cases = [case for case in contenders.CASES if re.search(pattern, case.name)]
    except re.error as wrong:
        parser.error(f"--only {pattern}: {wrong}")
    if not cases:
        parser.error(f"--only {pattern}: no case is called so; --list names them")
    return cases


def entrants_of(given):
    for directory in filter(None, (given.programs, given.versus)):
        if not os.path.exists(os.path.join(directory, "bench_kith_calls")):
            raise programs.Failed(f"no programs in {directory}: scripts/bench builds build/release/bench")
    pattern = re.compile(given.contenders or "")

    def choose(case):
        others = contenders.SECURE if given.secure else contenders.SEEN if given.unseen else None
        all_of_them = (contenders.contenders_beside(case, given.programs, others) if others
                       else contenders.contenders_for(case, given.programs, given.versus))
        return [one for one in all_of_them if one.who == "libzmq" or pattern.search(one.name)]

    return choose


def write_results(given, results):
    if given.json == "-":
        json.dump(results, sys.stdout, indent=1)
        print()
    elif given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    if given.page:
        where = os.path.join(os.path.dirname(__file__), "..", "..", "docs", page.name_of(results))
        with open(where, "w", encoding="utf-8") as file:
            file.write(page.text(results))
    if given.json != "-":
        print(tables.terminal(results))


def main():
    given, parser = arguments()
    cases = chosen_cases(given, parser)
    try:
        re.compile(given.contenders or "")
    except re.error as wrong:
        parser.error(f"--contenders {given.contenders}: {wrong}")
    if not given.programs:
        return 0
    choose = entrants_of(given)
    if given.list:
        for case in cases:
            print(f"{case.name}: {' '.join(one.name for one in choose(case))}")
        return 0
    plan = plan_of(given)
    with rounds.QuietMachine(given.polite) as quiet:
        made = rounds.run_all(cases, choose, plan, given.seed)
    results = {"command": machine.command(), "machine": machine.description(), "quiet": quiet,
               "secure": given.secure, "unseen": given.unseen,
               "plan": {"rounds": plan.rounds, "span_s": plan.span, "warm_up_s": plan.warm_up,
                        "anew": plan.anew},
               "cases": made}
    write_results(given, results)
    failed = [f"{case['name']}: {name}: {why}" for case in made
              for name, why in case["failures"].items()]
    for line in failed:
        print(f"scripts/bench: {line}", file=sys.stderr)
    missed = given.check and any(not judged.met
                                 for judged in goals.judge(goals.of(results), results))
    return 1 if failed or missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (programs.Failed, OSError) as failed:
        print(f"scripts/bench: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
