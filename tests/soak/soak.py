#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Both services for a long time, under load and faults; scripts/soak is the way to start it.

A load of half an hour or more rests for 90 s in each five minutes, and memory is judged by what is
in use at the end of each rest (rests.py).

Phases: a calm round to warm up and to know the descriptors at rest; the load with its faults; two
rounds of reckoning, in which the books must balance to the event, without a fault and with instances
that are stopped meanwhile; the descriptors at rest again; an orderly end; the databases; the verdict.
"""

import argparse
import os
import signal
import shutil
import sys
import tempfile

from conductor import Conductor, Interrupted
from verdict import print_report

PER_SECOND = 40.0
PER_SECOND_SANITIZED = 12.0
MOST_INVOICES = 200_000  # bounds the disk, about 2 KB each, and the feeder's memory, 1 KB each


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/soak", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs several instances of order and payment under load and faults, and fails on "
                    "growth of\nmemory or descriptors, an unsettled order, an unexplained loss of "
                    "events, books that do not\nbalance, money that does not add up, or a "
                    "sanitizer's report.",
        epilog="exit status: 0 all is well, 1 not, 2 usage, 130 interrupted")
    parser.add_argument("--minutes", type=float, default=2, help="of load (2); about a minute more "
                        "goes to what comes before and after")
    parser.add_argument("--seed", type=int, help="of the orders and the faults; else one is drawn")
    parser.add_argument("--instances", type=int, default=2, help="of each service, 1 to 8 (2)")
    parser.add_argument("--rate", type=float, help="orders and returns a second on average (%g; "
                        "sanitized %g); at most %d in a run" % (PER_SECOND, PER_SECOND_SANITIZED,
                                                                MOST_INVOICES))
    parser.add_argument("--load", help="CSV with a column \"value\": the shape of the load; without "
                        "it a made one")
    parser.add_argument("--keep", help="keep databases, logs and samples in this directory (new or "
                        "empty)")
    parser.add_argument("--bin", default=os.environ.get("KITH_BIN_DIR", "build/release/bin"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--probe", help=argparse.SUPPRESS)  # the library of probe.cpp
    parser.add_argument("--plant", action="store_true", help=argparse.SUPPRESS)  # the probe leaks
    args = parser.parse_args()
    if not 0 < args.minutes <= 24 * 60:
        parser.error("--minutes: more than 0, at most 1440")
    if not 1 <= args.instances <= 8:
        parser.error("--instances: 1 to 8")
    if args.rate is not None and not 0 < args.rate <= 1000:
        parser.error("--rate: more than 0, at most 1000")
    if args.load and not os.access(args.load, os.R_OK):
        parser.error(f"--load: cannot read {args.load}")
    for program in ("order", "payment", "storefront", "kith"):
        if not os.access(os.path.join(args.bin, program), os.X_OK):
            parser.error(f"{args.bin}/{program} is not there: build it first")
    if args.seed is None:
        args.seed = int.from_bytes(os.urandom(3), "big")
    return args


def is_sanitized(binaries):
    """What CMake was told when these programs were built."""
    try:
        with open(os.path.join(binaries, "..", "CMakeCache.txt"), encoding="utf-8") as cache:
            return any(line.startswith("KITH_SANITIZE:") and line.strip()[-1] != "="
                       for line in cache)
    except OSError:
        return False


def directory_for(args):
    if not args.keep:
        return tempfile.mkdtemp(prefix="kith-soak.")
    os.makedirs(args.keep, exist_ok=True)
    if os.listdir(args.keep):
        print(f"scripts/soak: {args.keep} is not empty", file=sys.stderr)
        sys.exit(2)
    return os.path.abspath(args.keep)


def main():
    args = parse()
    args.sanitized = is_sanitized(args.bin)
    rate = args.rate or (PER_SECOND_SANITIZED if args.sanitized else PER_SECOND)
    args.invoices = max(20, min(MOST_INVOICES, int(args.minutes * 60 * rate)))
    directory = directory_for(args)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"seed {args.seed}: {args.invoices} orders and returns over {args.minutes:g} minutes to "
          f"{args.instances} order and {args.instances} payment instances"
          f"{', sanitized' if args.sanitized else ''}; files in {directory}", flush=True)
    conductor = Conductor(args, directory)
    status = 130
    try:
        conductor.run()
        status = print_report(conductor)
    except (KeyboardInterrupt, Interrupted):
        print("interrupted", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        conductor.close()
        if args.keep or status == 1:
            print(f"databases, logs and samples: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    if status == 1:
        load = f" --load {args.load}" if args.load else ""
        print(f"again: scripts/soak --minutes {args.minutes:g} --seed {args.seed} "
              f"--instances {args.instances}{f' --rate {args.rate:g}' if args.rate else ''}{load}")
    return status


if __name__ == "__main__":
    sys.exit(main())
