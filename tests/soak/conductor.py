# SPDX-License-Identifier: MPL-2.0
"""Leads a soak through its phases, and notes what happened; it judges nothing but what must be judged
at once."""

import heapq
import os
import re
import signal
import subprocess
import time

import faults
import ledgers
import rests
from fleet import Fleet
from processes import Process, free_udp_port, plain_environment
from losses import AFTERMATH, Incident, losses_in
from reckoning import own_faults, reckon, snapshot_of
from sampling import Sampler, descriptors_but_databases

SETTLED_WITHIN = 5.0  # seconds after all of payment came back
ENDED_WITHIN = 10.0  # seconds after SIGTERM: five of draining, and room
LATE = 0.5  # a sleep of 20 ms that lasts so long: others take the machine
LINK_GRACE = 12.0  # a link to one who said goodbye is closed after ten
PROGRESS = re.compile(r"placed (\d+)/\d+  paid (\d+)  declined (\d+)  refunded (\d+).*p99 (\S+) ms")
ERROR_LINE = re.compile(r"^\S+ \S+ error ", re.MULTILINE)


class Interrupted(Exception):
    """The run cannot go on; why is among the problems already."""


def environment_for(directory, sanitized):
    """Without the settings of whoever started us, and with a place of our own for ipc sockets."""
    variables = plain_environment(XDG_RUNTIME_DIR=os.path.join(directory, "run"))
    os.mkdir(variables["XDG_RUNTIME_DIR"], 0o700)
    if sanitized:
        log = f"log_path={directory}/sanitizer"
        variables["ASAN_OPTIONS"] = (f"{log}:exitcode=99:quarantine_size_mb=16:"
                                     "detect_stack_use_after_return=1")
        variables["UBSAN_OPTIONS"] = f"{log}:print_stacktrace=1"
    return variables


class Conductor:
    def __init__(self, args, directory):
        self.args = args
        self.directory = directory
        self.patience = 4 if args.sanitized else 1
        probe = os.path.abspath(args.probe) if args.probe and not args.sanitized else ""
        leaks = {"order": "memory", "payment": "descriptors pages"} if args.plant else {}
        self.fleet = Fleet(args.bin, directory, f"soak-{os.getpid()}", free_udp_port(),
                           environment_for(directory, args.sanitized), probe, leaks)
        self.sampler = Sampler(os.path.join(directory, "samples.tsv"))
        self.begun = time.monotonic()
        self.phase = "starting"
        self.problems = []
        self.incidents = []
        self.losses = []
        self.reckoned = []  # (what, told, delivered, missed)
        self.load_seconds = None  # when the load began and ended
        self.rests = rests.spans(args.minutes * 60)
        self.at_rest = {}  # instance -> descriptors (before, after)
        self.done = {"term": 0, "kill": 0, "stop": 0, "blackout": 0}
        self.blackout_seconds = []
        self.feeders = []
        self.feeder = None
        self.progress = None
        self.watchers = []
        self.late = []  # seconds that a short sleep took
        self._due = []
        self._count = 0
        self._next_sample = self._next_line = self.begun

    # What happens by itself, while any phase waits.

    def elapsed(self):
        return time.monotonic() - self.begun

    def later(self, seconds, action):
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + seconds, self._count, action))

    def tick(self):
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()
        if now >= self._next_sample:
            self._next_sample = max(self._next_sample + 1, now)
            self.sampler.take(self.fleet.living() + ([self.feeder] if self.feeder else []),
                              self.elapsed())
            self.look_for_the_dead()
            self.read_the_feeder()
        if now >= self._next_line:
            self._next_line = now + (5 if self.args.minutes <= 10 else 30)
            self.print_line()

    def wait(self, seconds, until=lambda: False):
        """True when `until` came true in time."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() >= deadline:
                return False
            self.tick()
            before = time.monotonic()
            time.sleep(0.02)
            slept = time.monotonic() - before
            if slept > LATE:
                self.late.append(slept)
        return True

    def look_for_the_dead(self):
        for process in self.fleet.instances.values():
            status = process.poll()
            if status is not None and not process.expected_end:
                tail = "\n    ".join(process.log().splitlines()[-15:])
                self.problems.append(f"{process.name} ended by itself with status {status}; the end "
                                     f"of its log:\n    {tail}")
                raise Interrupted
        for watcher in [w for w in self.watchers if w.poll() is not None]:
            self.watchers.remove(watcher)
            if watcher.returncode != 0:
                hurt = [f"{i.kind} of {', '.join(i.names)}" for i in self.incidents
                        if i.end is None or time.time() - i.end < AFTERMATH]
                self.problems.append(f"`kith ls` ended with status {watcher.returncode} after "
                                     f"{self.elapsed():.0f} s; lately: {'; '.join(hurt) or 'no fault'}")

    def read_the_feeder(self):
        if self.feeder is None:
            return
        text = self.feeder.new_lines()
        self.losses += losses_in(self.feeder.name, text, time.time())
        for told in PROGRESS.finditer(text):
            self.progress = told

    def print_line(self):
        parts = [f"{self.elapsed():6.0f} s  {self.phase:9}"]
        if self.progress:
            placed, paid, declined, refunded, p99 = self.progress.groups()
            parts.append(f"placed {placed} paid {paid} declined {declined} refunded {refunded} "
                         f"p99 {p99} ms ")
        for name, process in sorted(self.fleet.instances.items()):
            sample = self.sampler.latest(process)
            if process.poll() is not None:
                parts.append(f"{name} down")
            elif sample:
                parts.append(f"{name}{' STOPPED' if process.stopped else ''} "
                             f"{sample.resident_kb / 1024:.1f} MB {sample.descriptors} fd")
        parts.append(f"faults {sum(self.done.values())}")
        print("  ".join(parts), flush=True)

    # Faults.

    def begin_fault(self, fault):
        targets = [self.fleet.instances[name] for name in fault.targets]
        if any(t.poll() is not None or t.stopped for t in targets) and fault.kind != "blackout":
            return  # its last fault lasts longer than planned
        self.done[fault.kind] += 1
        incident = Incident(fault.targets, fault.kind, time.time())
        self.incidents.append(incident)
        if fault.kind == "stop":
            targets[0].send_signal(signal.SIGSTOP)
            self.later(fault.lasts, lambda: self.end_stop(targets[0], incident))
        elif fault.kind == "term":
            targets[0].expected_end = True
            targets[0].terminate()
            self.await_end(targets[0], fault, incident, time.monotonic())
        else:
            for target in targets:
                if target.poll() is None:
                    self.fleet.crash(target)
            self.later(fault.lasts, lambda: self.restart(fault, incident))

    def end_stop(self, process, incident):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
        incident.end = time.time()

    def await_end(self, process, fault, incident, since):
        status = process.poll()
        if status is None and time.monotonic() - since < ENDED_WITHIN * self.patience:
            self.later(0.05, lambda: self.await_end(process, fault, incident, since))
            return
        if status is None:
            self.problems.append(f"{process.name} did not end within {ENDED_WITHIN:g} s of SIGTERM")
            self.fleet.crash(process)
        elif status != 0 and not (status == -signal.SIGTERM and "listens at" not in process.log()):
            # One that is not up yet has not asked for its signals.
            self.problems.append(f"{process.name} ended with status {status} after SIGTERM")
        self.later(fault.lasts, lambda: self.restart(fault, incident))

    def restart(self, fault, incident):
        for name in fault.targets:
            if self.fleet.instances[name].poll() is not None:
                self.fleet.start_instance(name)
        incident.end = time.time()
        if fault.kind == "blackout":
            back = time.monotonic()
            self.later(0.2, lambda: self.check_recovery(back))

    def check_recovery(self, back):
        """What was placed in the dark must be settled within five seconds of the return. What is
        older than the return is what is older than the time since."""
        since = time.monotonic() - back
        oldest = {"unsettled": True, "min_age_ms": int(since * 1000), "limit": 1}
        try:
            left = (self.fleet.call("order", "order.list", oldest, seconds=4)["orders"]
                    + self.fleet.call("order", "order.list_returns", oldest, seconds=4)["returns"])
        except RuntimeError as why:
            self.problems.append(f"after all of payment came back: {why}")
            return
        since = time.monotonic() - back
        if not left:
            self.blackout_seconds.append(since)
        elif since > SETTLED_WITHIN * self.patience:
            self.problems.append(f"{since:.1f} s after all of payment came back not everything "
                                 f"that was placed before is settled: {left[0]['id']}")
        else:
            self.later(0.1, lambda: self.check_recovery(back))

    def look_on(self):
        """Somebody who looks at the nodes now and then: a member that comes and goes."""
        self.watchers.append(Process(
            self.fleet.tool("ls", "--json"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.fleet.environment))

    # Phases.

    def run(self):
        args = self.args
        for service in ("order", "payment"):
            ledgers.prepare(os.path.join(self.directory, f"{service}.db"))
            for number in range(1, args.instances + 1):
                self.fleet.start_instance(f"{service}-{number}")
        try:
            self.warm_up()
            self.rest(0)
            self.load()
            before = self.snapshot()
            self.reckoned_round("calm", before, [])
            if args.instances > 1:
                before = self.snapshot()
                self.reckoned_round("stopped", before, [f"order-{args.instances}", "payment-1"])
            self.rest(1)
            self.problems += self.fleet.audit(patience=10 * self.patience)
        except Interrupted:
            pass
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as why:
            self.problems.append(str(why))
        self.phase = "ending"
        self.problems += [f"at the end {line}" for line in self.fleet.end()]
        self.read_the_logs()
        if not self.problems:
            self.problems += ledgers.compare(self.directory)

    def feed(self, name, arguments):
        self.feeder = self.fleet.start_feeder(
            name, ["--instances", str(self.args.instances), "--key-prefix", f"{name}-", *arguments])
        self.feeders.append(self.feeder)

    def end_feeding(self, seconds):
        self.wait(seconds * self.patience, lambda: self.feeder.poll() is not None)
        status = self.feeder.poll()
        self.read_the_feeder()
        if status != 0:
            ended = "is not through in time" if status is None else f"ended with status {status}"
            tail = "\n    ".join(self.feeder.log().splitlines()[-12:])
            self.problems.append(f"the feeder {self.feeder.name} {ended}:\n    {tail}")
            if status is None:
                self.feeder.crash()
        self.feeder = self.progress = None
        if status != 0:
            raise Interrupted

    def round(self, name, invoices, rate, stopped):
        self.phase = name
        self.feed(name, ["--generate", str(invoices), "--seed", str(self.args.seed + len(name)),
                         "--rate", str(rate), "--window", "1000"])
        for target in stopped:
            self.later(2.0, lambda target=target: self.begin_fault(
                faults.Fault(0, "stop", (target,), 3.0)))
        self.end_feeding(60)

    def warm_up(self):
        """Fills what has a maximum: caches, pools, the tables of who came and went."""
        for look in range(20):
            self.later(0.2 + 0.2 * look, self.look_on)
        self.round("warm", 600 if self.args.sanitized else 2000, 0, [])
        self.wait(5)

    def load(self):
        args = self.args
        self.phase = "load"
        seconds = args.minutes * 60
        self.load_seconds = [self.elapsed(), self.elapsed() + seconds]
        arguments = ["--generate", str(args.invoices), "--seed", str(args.seed), "--spread",
                     str(max(1, round(seconds))), "--window", "4096"]
        shape = self.shape_with_rests(seconds) if self.rests else args.load
        self.feed("load", arguments + (["--load", shape] if shape else []))
        for fault in faults.plan(args.seed, seconds, args.instances):
            if not rests.disturbs(fault, self.rests):
                self.later(fault.at, lambda fault=fault: self.begin_fault(fault))
        for look in range(10, int(seconds), 20):
            self.later(look, self.look_on)
        if self.wait(seconds, lambda: self.feeder.poll() is not None):
            self.end_feeding(1)
            return
        self.phase = "settling"
        self.end_feeding(60)

    def shape_with_rests(self, seconds):
        path = os.path.join(self.directory, "load.csv")
        values = rests.values_in(self.args.load) if self.args.load else []
        with open(path, "w", encoding="ascii") as file:
            file.write("value\n")
            file.writelines(f"{value:g}\n" for value in rests.shape(seconds, self.rests, values))
        return path

    def whole(self):
        """Whether every instance has all the others in rotation."""
        names = set(self.fleet.instances)
        for name in names:
            try:
                reply = self.fleet.call(name.rpartition("-")[0], "kith.members", {}, name)
            except RuntimeError:
                return False
            seen = {m["instance"] for m in reply["members"] if m["in_rotation"]}
            if not names - {name} <= seen:
                return False
        return True

    def snapshot(self):
        if not self.wait(15 * self.patience, self.whole):
            self.problems.append("15 s after the last fault not every instance sees all the others")
            raise Interrupted
        self.wait(2.5)  # each idle topic has told its head
        return {name: snapshot_of(self.fleet.call(name.rpartition("-")[0], "kith.books", {}, name))
                for name in self.fleet.instances}

    def reckoned_round(self, name, before, stopped):
        self.round(name, 240, 60, stopped)
        after = self.snapshot()
        problems, told, delivered, missed = reckon(before, after)
        self.reckoned.append((name, told, delivered, missed))
        self.problems += [f"the books, {name} round: {line}" for line in problems]
        self.problems += [f"the books: {line}" for line in own_faults(after)]
        if missed and not stopped:
            self.problems.append(f"{missed} events were missed in a round without a fault")

    def rest(self, when):
        """Descriptors when nobody is there but the instances."""
        self.phase = "at rest"
        self.wait(LINK_GRACE)
        names = sorted(self.fleet.instances)

        def is_as_before():
            return all(self.descriptors(name) <= self.at_rest[name][0] for name in names)

        if when == 1:
            self.wait(15, is_as_before)
        for name in names:
            self.at_rest.setdefault(name, []).append(self.descriptors(name))

    def descriptors(self, name):
        return descriptors_but_databases(self.fleet.instances[name].pid)

    def read_the_logs(self):
        for process in self.fleet.past + list(self.fleet.instances.values()):
            text = process.log()
            self.losses += losses_in(process.name, text, time.time())
            errors = [line for line in text.splitlines() if ERROR_LINE.match(line)]
            if errors:
                self.problems.append(f"{process.name} (life {process.life}) logged {len(errors)} "
                                     f"errors, the first: {errors[0]}")

    def close(self):
        for process in self.fleet.living() + self.feeders:
            if process.poll() is None:
                process.expected_end = True
                process.crash()
        for watcher in self.watchers:
            watcher.kill()
            watcher.wait()
        self.sampler.close()
