# SPDX-License-Identifier: MPL-2.0
"""order, payment and a gateway under a stream of orders, while any of them is killed, stopped and
restarted, at random instants and at named places in their code. See scripts/chaos --help."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "soak"))

from conductor import environment_for  # noqa: E402
from fleet import Fleet  # noqa: E402
from processes import end_all, free_udp_port  # noqa: E402
from judge import Postgres, SqliteFile, judge  # noqa: E402
from plan import GIVE_UP, plan  # noqa: E402

PORTION = 20.0  # seconds of orders in one go
SETTLE = 90.0  # seconds after the last fault until all must be settled


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default=os.environ.get("KITH_BIN_DIR"), help="where the programs are")
    parser.add_argument("--minutes", type=float, default=2.0, help="of faults, at most (2)")
    parser.add_argument("--kills", type=int, default=0, help="end the faults after so many deaths")
    parser.add_argument("--seed", type=int, help="of orders and faults; else one is drawn")
    parser.add_argument("--instances", type=int, default=2, help="of order and of payment (2)")
    parser.add_argument("--rate", type=int, default=40, help="orders and returns a second (40)")
    parser.add_argument("--database", default="sqlite",
                        help="sqlite, or a URL with {} where a database's name goes")
    parser.add_argument("--keep", help="keep databases and logs in this directory")
    args = parser.parse_args()
    if not args.bin:
        parser.error("--bin, or KITH_BIN_DIR, must say where the programs are")
    args.seed = random.SystemRandom().randrange(1_000_000) if args.seed is None else args.seed
    return args


class Rig:
    def __init__(self, args, directory):
        self.args = args
        self.directory = directory
        self.fleet = Fleet(args.bin, directory, f"chaos-{os.getpid()}", free_udp_port(),
                           environment_for(directory, False), "", {})
        self.fleet.flags["payment"] = ["--gateway", "service"]
        if args.database != "sqlite":
            for service in ("order", "payment", "gateway"):
                self.fleet.databases[service] = args.database.format(service)
        self.problems = []
        self.deaths = {}  # by what caused them
        self.stops = 0
        self.feeder = None
        self.portions = self.placed = 0
        self.hurt = {}  # victim -> (what to do, when)
        self.doomed = {}  # victim -> (failpoint, until when it is waited for)

    def count(self, cause):
        self.deaths[cause] = self.deaths.get(cause, 0) + 1
        self.fleet.died_at.append(time.monotonic())

    def total(self):
        return sum(self.deaths.values())

    # One fault after the other, several at a time.

    def begin(self, fault):
        victim = fault.victim
        if victim in self.hurt or victim in self.doomed:
            return
        process = self.fleet.instances[victim]
        if fault.kind == "stop":
            process.send_signal(signal.SIGSTOP)
            self.stops += 1
            self.hurt[victim] = (lambda: process.send_signal(signal.SIGCONT),
                                 time.monotonic() + fault.lasts)
            return
        self.kill(process)
        self.count("killed")
        self.hurt[victim] = (lambda: self.restart(fault), time.monotonic() + fault.lasts)

    def kill(self, process):
        process.expected_end = True
        process.crash()

    def restart(self, fault):
        self.fleet.start_instance(fault.victim, {"KITH_FAILPOINT": fault.failpoint} if fault.failpoint
                                  else {})
        if fault.failpoint:
            self.doomed[fault.victim] = (fault.failpoint, time.monotonic() + GIVE_UP)

    def tick(self):
        now = time.monotonic()
        for victim, (action, due) in list(self.hurt.items()):
            if now >= due:
                del self.hurt[victim]
                action()
        for victim, (failpoint, until) in list(self.doomed.items()):
            process = self.fleet.instances[victim]
            status = process.poll()
            if status is None and now < until:
                continue
            del self.doomed[victim]
            if status is None:
                self.kill(process)
                self.count("killed")
            elif status == -signal.SIGKILL:
                self.count(failpoint.partition("=")[0])
            self.fleet.start_instance(victim)
        for name, process in self.fleet.instances.items():
            if process.poll() is not None and name not in self.hurt and name not in self.doomed:
                self.problems.append(f"{name} ended by itself with status {process.poll()}:\n    " +
                                     "\n    ".join(process.log().splitlines()[-8:]))
                self.fleet.start_instance(name)

    def heal(self):
        for victim, (action, _) in list(self.hurt.items()):
            del self.hurt[victim]
            action()
        for victim in list(self.doomed):
            del self.doomed[victim]
            self.kill(self.fleet.instances[victim])
            self.count("killed")
            self.fleet.start_instance(victim)

    # The run.

    def run(self):
        args = self.args
        self.fleet.start_instance("gateway-1")
        for service in ("order", "payment"):
            for number in range(1, args.instances + 1):
                self.fleet.start_instance(f"{service}-{number}")
        self.hurt_them()
        healed = time.monotonic()
        while self.feeder.poll() is None and time.monotonic() - healed < PORTION + SETTLE:
            self.tick()
            time.sleep(0.02)
        self.judge_feeder()
        if not self.problems and self.total() < args.kills:
            self.problems.append(f"only {self.total()} deaths of {args.kills} in {args.minutes:g} minutes: "
                                 "too few to have proved anything")
        self.problems += self.fleet.audit()
        self.problems += [f"at the end {line}" for line in self.fleet.end()]
        if not self.problems:
            self.problems += judge(self.database("order"), self.database("payment"),
                                   self.database("gateway"), self.placed)

    def end(self):
        """Before its time."""
        end_all([one for one in (*self.fleet.instances.values(), self.feeder) if one])

    def feed(self):
        """Orders for some seconds; then the feeder waits until all of them are settled."""
        invoices = int(self.args.rate * PORTION)
        self.placed += invoices
        self.portions += 1
        self.feeder = self.fleet.start_feeder("feeder", [
            "--instances", "1", "--generate", str(invoices), "--rate", str(self.args.rate),
            "--seed", str(self.args.seed + self.portions), "--window", "4000",
            "--key-prefix", f"{self.portions}-"])

    def hurt_them(self):
        args = self.args
        self.feed()
        began = time.monotonic()
        next_at, next_line = began + 2, began + 10
        faults = plan(args.seed, args.instances)
        fault = next(faults)
        while time.monotonic() - began < args.minutes * 60:
            if args.kills and self.total() >= args.kills:
                break
            if self.feeder.poll() is not None:
                self.judge_feeder()
                if self.problems:
                    break
                self.feed()
            now = time.monotonic()
            if now >= next_at:
                self.begin(fault)
                fault = next(faults)
                next_at = now + fault.after
            if now >= next_line:
                next_line = now + 10
                print(f"{now - began:6.0f} s  deaths {self.total()}  stops {self.stops}", flush=True)
            self.tick()
            time.sleep(0.01)
        self.heal()

    def judge_feeder(self):
        feeder = self.feeder
        status = feeder.poll()
        if status is None:
            feeder.crash()
        if status != 0:
            said = "is not through in time" if status is None else f"ended with status {status}"
            self.problems.append(f"the feeder {said}:\n    " +
                                 "\n    ".join(feeder.log().splitlines()[-12:]))

    def database(self, service):
        if self.args.database != "sqlite":
            return Postgres(self.args.database.format(service))
        return SqliteFile(os.path.join(self.directory, f"{service}.db"))


class Interrupted(Exception):
    pass


def interrupt(*_):
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted


def main():
    args = arguments()
    directory = args.keep or tempfile.mkdtemp(prefix="kith-chaos-")
    os.makedirs(directory, exist_ok=True)
    rig = Rig(args, directory)
    print(f"seed {args.seed}, {args.instances} instances of order and payment, database {args.database}, "
          f"files in {directory}", flush=True)
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, interrupt)
    try:
        rig.run()
    except Interrupted:
        rig.end()
        if not args.keep:
            shutil.rmtree(directory)
        return 130
    for cause, count in sorted(rig.deaths.items()):
        print(f"{count:6}  {cause}")
    print(f"{rig.total():6}  deaths, {rig.stops} stops")
    for line in rig.problems:
        print(f"FAILED: {line}")
    if rig.problems:
        database = "sqlite" if args.database == "sqlite" else "postgresql"
        print(f"again: scripts/chaos --minutes {args.minutes:g} --kills {args.kills} --seed {args.seed} "
              f"--instances {args.instances} --rate {args.rate} --database {database}; "
              f"files in {directory}")
        return 1
    print("orders in are orders settled, each was charged once, and each event had its effect once")
    if not args.keep:
        shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
