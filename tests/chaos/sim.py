#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Many seeds of the durable storm, and of order and payment on simulated disks, several processes at a
time. scripts/chaos --sim runs it."""

import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import run as run_process  # noqa: E402

TESTS = ["DurableStorm.SettlesEveryOrderOnce",
         "ServicesOnDisks.EveryOrderIsSettledAndChargedOnceWhateverDiesAndLosesItsPower"]
SLICE = 25
RARE = ("unsynced writes lost", "unsynced writes of theirs lost")  # a slice may be without
ENOUGH = 250  # seeds that must have had some
COUNT = re.compile(r"^  (\d+) (.+)$")
NOISE = re.compile(r"^(Failed|Google Test trace:|.*: Failure|Running main|Note:|\[.*)$")


class Slice:
    """Some seeds in one process."""

    def __init__(self, program, test, first, last):
        self.test, self.first, self.last = test, first, last
        environment = dict(os.environ, KITH_SEEDS=f"{first}-{last}")
        environment.pop("KITH_REPLAY", None)
        try:
            done = run_process(
                [program, f"--gtest_filter={test}"], 60 * (last - first + 1), env=environment,
                errors="replace", capture_output=False, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as late:
            self.lines = (late.stdout or b"").decode(errors="replace").splitlines()
            self.good, self.status = False, f"none after {late.timeout} s: one of them does not end"
            return
        self.lines = done.stdout.splitlines()
        # A filter that matches nothing is no success.
        self.good = done.returncode == 0 and f"[       OK ] {test}" in done.stdout
        self.status = done.returncode

    def counts(self):
        found = (COUNT.match(line) for line in self.lines)
        return [(one[2], int(one[1])) for one in found if one]

    def complaint(self):
        lines = [line for line in self.lines if not NOISE.match(line) and not COUNT.match(line)]
        heading = f"{self.test}, seeds {self.first} to {self.last}: exit status {self.status}"
        return "\n".join([heading] + lines)


def run(program, first, seeds, jobs):
    """The number of slices that failed."""
    slices = [(test, at, min(at + SLICE, first + seeds) - 1)
              for at in range(first, first + seeds, SLICE) for test in TESTS]
    total = collections.Counter()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        done = 0
        for one in pool.map(lambda span: Slice(program, *span), slices):
            done += one.last - one.first + 1 if one.test == TESTS[-1] else 0
            total.update(dict(one.counts()))
            if not one.good:
                failed += 1
                print(one.complaint(), flush=True)
            if one.test == TESTS[-1] and done % (SLICE * 10) == 0:
                print(f"  {done} of {seeds} seeds", file=sys.stderr, flush=True)
    print(f"{seeds} seeds, from {first} on:")
    for what, count in total.items():
        print(f"  {count} {what}")
    for what in RARE:
        if seeds >= ENOUGH and not total[what]:
            failed += 1
            print(f"no {what}: that was no storm")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    try:
        failed = run(wanted.program, wanted.seed, wanted.seeds, wanted.jobs)
    except KeyboardInterrupt:
        return 130
    print("something was not as promised" if failed else "every order was settled once")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
