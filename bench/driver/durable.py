#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Durable events beside bare SQLite, from a commit to its effect elsewhere, and read from the beginning."""

import argparse
import json
import os
import sys
import tempfile

import machine
import ratios
import rounds
import tables
from processes import run as run_process

PAGE = """# Benchmarks of durable events

This page is written by `scripts/bench --durable --page`; do not edit it. It is what

```sh
{command}
```

measured on {cores} cores of {cpu}, Linux {kernel}, in one run. A sync of the disk (4 KiB appended, then `fdatasync`)
took {sync_p50:.2f} ms in the median and {sync_p99:.2f} ms in 99 of 100 cases.

{table}

- **Publishing**: functions that append one event of 64 octets each, of which up to {batch} share a commit, against a program
  that inserts the same rows into one table by SQLite's own interface, {batch} in a transaction, both with WAL and
  `synchronous=FULL`; {rounds} rounds of {span_ms} ms side by side, median of the ratios and their quartiles. kith's part holds the
  coroutine of each function, its encoding, the number, the mark and the announcement.
- **Commit to effect**: two nodes, two databases, {rate} events a second for {seconds:.0f} s; from the moment the appending
  transaction was reported as committed to the moment the transaction of the handler was. It holds one commit, the
  handler's; the appending one is over when the clock starts. The syncs of both databases share the disk.
- **Replay**: a group that never read reads {events:,} events, 4,096 in a page; its handler writes nothing, so that a commit
  holds the cursor alone. Memory when half and when all of them were applied, of the process that holds both nodes.

Figures without a ratio are of this machine in that hour.
"""


class Row:
    def __init__(self, title, goal, measured, met):
        self.cells = [title, goal, measured, "met" if met else "missed"]
        self.met = met


def rows_of(result):
    spread = ratios.spread_of_ratios(result["publish"], "kith", "bare")
    late, replay = result["latency"], result["replay"]
    grown = replay["late_kb"] - replay["early_kb"]
    return [
        Row("events published a second, against bare SQLite", ">= 0.7",
            f"{spread.median:.2f} ({spread.low:.2f}-{spread.high:.2f})", spread.median >= 0.7),
        Row("from commit to effect, 99 of 100", "< 20 ms",
            f"{late['p99_ms']:.1f} ms (median {late['p50_ms']:.1f})", late["p99_ms"] < 20),
        Row("events replayed a second", ">= 100,000", f"{replay['per_second']:,.0f}",
            replay["per_second"] >= 100_000),
        Row("memory that a replay grows by", "< 1 MB", f"{grown / 1024:+.1f} MB", grown < 1024),
    ]


def run(programs, given):
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=given.directory) as directory:
        done = run_process([os.path.join(programs, "bench_durable"), directory, str(given.rounds),
                            str(given.span_ms), str(given.events)], 600)
    if done.returncode != 0:
        sys.exit(f"scripts/bench: {done.stderr.strip()}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench --durable", description=__doc__)
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)  # "": see to the options only
    parser.add_argument("--rounds", type=int, default=9, help="of publishing (9)")
    parser.add_argument("--span-ms", type=int, default=1000, help="of each side of a round (1000)")
    parser.add_argument("--events", type=int, default=2_000_000, help="to replay (2000000)")
    parser.add_argument("--directory", help="on the disk that is to be measured ($TMPDIR or /tmp)")
    parser.add_argument("--json", metavar="FILE", help="write the results there; - is standard output")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks-durable.md")
    parser.add_argument("--polite", action="store_true",
                        help="do not take precedence over what else runs on the machine")
    given = parser.parse_args()
    if not given.programs:
        return 0
    with rounds.QuietMachine(given.polite):
        result = run(given.programs, given)
    rows = rows_of(result)
    if given.json:
        with (sys.stdout if given.json == "-" else open(given.json, "w", encoding="utf-8")) as file:
            json.dump(result, file, indent=1)
    if given.json != "-":
        print(f"a sync of the disk: {result['sync']['p50_ms']:.2f} ms, 99 of 100 below "
              f"{result['sync']['p99_ms']:.2f} ms")
        for row in rows:
            print("{:48} {:>10}  {:28} {}".format(*row.cells))
    if given.page:
        where = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "benchmarks-durable.md")
        about = machine.description()
        command = machine.command()
        table = "\n".join(tables.markdown([["", "goal", "measured", ""], *(row.cells for row in rows)]))
        with open(where, "w", encoding="utf-8") as file:
            file.write(PAGE.format(
                command=command, cores=about["cores"], cpu=about["cpu"], kernel=about["kernel"],
                sync_p50=result["sync"]["p50_ms"], sync_p99=result["sync"]["p99_ms"], table=table,
                batch=256, rounds=given.rounds, span_ms=given.span_ms,
                rate=result["latency"]["rate"],
                seconds=result["latency"]["events"] / result["latency"]["rate"],
                events=result["replay"]["events"]))
    return 0 if given.polite or all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
