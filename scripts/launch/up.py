# SPDX-License-Identifier: MPL-2.0
"""usage: scripts/up [FILE] [--restart] [--check] [--bin DIR] [--run DIR]

Starts the services that FILE describes (examples/shop.toml without one) and waits until each is
ready. What runs already is left alone, so it may be called twice. Programs of this repository are
built first. docs/operations.md has the format of the file.

  --restart  replace, one after another, the instances that run but differ from FILE or from their
             program, and end those that FILE has no more
  --check    read FILE and show what would be started, with the values of no variable
  --bin DIR  take the programs of this repository from DIR as they are, and build nothing
  --run DIR  keep pid files and logs in DIR, not in ~/.local/state/kith/NAME; say the same to
             status, logs and down

Exit status: 0 when all instances run; 1 when one does not, the others keep running; 2 for a wrong
argument or file, before anything was started.
"""

import dataclasses
import hashlib
import json
import os
import select
import shlex
import subprocess
import sys
import time

from launch_file import FileError, read
from programs import ROOT, Programs, build
from run_directory import RunDirectory, RunError, state_home
from stopping import stop

DEFAULT_FILE = os.path.join(ROOT, "examples", "shop.toml")
# A program that says nothing is taken for started when it has lived for so long.
SILENT_START_S = 0.5
# The keeper has so long to begin; from then on the instance's own time counts.
KEEPER_PATIENCE_S = 30.0
TAIL_LINES = 15
TAIL_BYTES = 16 * 1024


@dataclasses.dataclass
class Instance:
    """One process to be: of a service, by number."""

    name: str
    service: object
    argv: list
    directory: str
    environment: dict
    log: str

    def fingerprint(self):
        said = json.dumps([self.argv, self.directory, sorted(self.environment.items())])
        return hashlib.sha256(said.encode()).hexdigest()

    def program_id(self):
        there = os.stat(self.argv[0])
        return [there.st_dev, there.st_ino, there.st_mtime_ns]

    def spec(self, launch_file):
        service = self.service
        about = {"service": service.name, "file": launch_file.path, "log": self.log,
                 "stop_ms": service.stop_ms, "spec": self.fingerprint(),
                 "program": self.program_id(), "ready": service.ready == "started"}
        return {"name": self.name, "argv": self.argv, "directory": self.directory,
                "environment": self.environment, "log_bytes": service.log_bytes, "about": about}


def instances_of(launch_file, programs, run):
    directory = os.path.dirname(launch_file.path)
    out = []
    for service in launch_file.services:
        for number in range(1, service.instances + 1):
            name = f"{service.name}-{number}"
            values = {"run": run.path, "service": service.name, "instance": name, "number": number}
            environment = {"KITH_INSTANCE": name, **service.filled_environment(values)}
            out.append(Instance(
                name, service, [programs.path_of(service), *service.arguments(values)],
                os.path.normpath(os.path.join(directory, service.directory)), environment,
                run.file(f"{name}.log")))
    return out


class Launch:
    """Starts instances by a keeper of its own, and says what becomes of them."""

    def __init__(self, run, launch_file, say):
        self.run = run
        self.file = launch_file
        self.say = say
        self.keeper = None
        self.pending = b""
        self.waiting = {}  # name -> what is known of its start
        self.failed = []

    def start(self, instances):
        """Whether all of them are ready now."""
        if not instances:
            return True
        if self.keeper is None:
            self._start_keeper()
        for one in instances:
            self.waiting[one.name] = {"instance": one, "pid": None,
                                      "since": time.monotonic() + KEEPER_PATIENCE_S}
            line = json.dumps(one.spec(self.file)) + "\n"
            try:
                self.keeper.stdin.write(line.encode())
                self.keeper.stdin.flush()
            except BrokenPipeError:
                break
        begun = len(self.failed)
        while self.waiting:
            self._hear()
            self._check_time()
        return len(self.failed) == begun

    def _start_keeper(self):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keeper.py")
        with self.run.trouble("write to"), open(self.run.file("keeper.log"), "wb") as errors:
            self.keeper = subprocess.Popen(
                [sys.executable, "-S", program, self.run.path], cwd="/", stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True)

    def _hear(self):
        ready, _, _ = select.select([self.keeper.stdout], [], [], 0.05)
        if not ready:
            return
        octets = os.read(self.keeper.stdout.fileno(), 65536)
        if not octets:
            raise RunError(f"the keeper has ended: {self.run.file('keeper.log')} says why; what it "
                           "has started keeps running")
        *lines, self.pending = (self.pending + octets).split(b"\n")
        for line in lines:
            event = json.loads(line)
            known = self.waiting.get(event["name"])
            if known:
                getattr(self, "_on_" + event["event"])(event["name"], known, event)

    def _on_started(self, name, known, event):
        known.update(pid=event["pid"], log_offset=event["log_offset"], since=time.monotonic())

    def _on_ready(self, name, known, event):
        at = f", listens at {event['inbox']}" if event["inbox"] else ""
        at += f", pages at {event['admin']}" if event.get("admin") else ""
        self.say(f"  {name}: started, pid {known['pid']}{at}")
        del self.waiting[name]

    def _on_failed(self, name, known, event):
        self.say(f"  {name}: cannot be started: {event['error']}")
        self._give_up(name)

    def _on_ended(self, name, known, event):
        record = self.run.records().get(name)
        how = record.how_it_ended() if record else "nobody knows how"
        log = known["instance"].log
        tail = tail_of(log, event["log_offset"])
        self.say(f"  {name}: ended at its start, {how}; " + (
            f"the end of {log}:" if tail else f"it wrote nothing to {log}"))
        for line in tail:
            self.say(f"    | {line}")
        for place, flag in self._flags_in(known["instance"].service, tail):
            self.say(f"    {flag} is set at {place}")
        self._give_up(name)

    def _flags_in(self, service, tail):
        """Flags of the file that the end of a log speaks of, with their places."""
        for name in service.flags:
            flag = "--" + name.replace("_", "-")
            if any(word.strip(":,;.") == flag for line in tail for word in line.split()):
                yield self.file.place("service", service.name, "flags", name), flag

    def _check_time(self):
        for name, known in list(self.waiting.items()):
            lived = time.monotonic() - known["since"]
            service = known["instance"].service
            if service.ready == "started" and known["pid"] and lived > SILENT_START_S:
                self.say(f"  {name}: started, pid {known['pid']}")
                del self.waiting[name]
            elif lived > service.start_ms / 1000 + (service.ready == "started"):
                self.say(f"  {name}: runs, pid {known['pid']}, but has not said within "
                         f"{service.start_ms} ms that it is ready: {known['instance'].log} may say "
                         'why. A program that never says so needs ready = "started"; one that '
                         "needs longer, start_ms")
                self._give_up(name)

    def _give_up(self, name):
        del self.waiting[name]
        self.failed.append(name)


def tail_of(path, offset):
    """The last lines of one life: what its log has from `offset` on."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(offset if offset <= end else 0, end - TAIL_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()[-TAIL_LINES:]
    except OSError:
        return []


def difference(record, instance):
    """In what a running instance is not what the file asks for; empty when it is."""
    if record.about["spec"] != instance.fingerprint():
        return "differs from the file"
    if record.about["program"] != instance.program_id():
        return f"runs an older {instance.argv[0]}"
    return ""


class Plan:
    """What a launch file asks for, against what runs."""

    def __init__(self, instances, records):
        alive = {name: one for name, one in records.items() if one.process.alive()}
        self.missing = [one for one in instances if one.name not in alive]
        self.there = [(one, alive[one.name]) for one in instances if one.name in alive]
        wanted = {one.name for one in instances}
        self.extra = [one for name, one in alive.items() if name not in wanted]
        # Of an instance that the file has no more, how it ended is of no interest any more.
        self.forgotten = [name for name in records if name not in wanted and name not in alive]


def carry_out(plan, launch, run, restart, say):
    """Whether all is as the file asks."""
    for name in plan.forgotten:
        run.forget(name)
    for one, record in plan.there:
        different = difference(record, one)
        if not different:
            say(f"  {one.name}: runs already, pid {record.process.pid}")
        elif not restart:
            say(f"  {one.name}: runs already, pid {record.process.pid}, but {different}; "
                "--restart replaces it")
    good = launch.start(plan.missing)
    for record in plan.extra:
        if not restart:
            say(f"  {record.name}: runs, pid {record.process.pid}, but the file has it no more; "
                "--restart ends it")
        elif not stop(run, [record], say):
            good = False
    changed = [(one, record) for one, record in plan.there if difference(record, one)]
    for one, record in changed if restart else ():
        # One after another, so that a service with several instances stays there; and no further
        # when one does not come back.
        if not good or not (stop(run, [record], say) and launch.start([one])):
            say("  nothing more is replaced, so that what runs keeps running")
            return False
    return good


def how_it_is(name, failed, run):
    """When not all is as the file asks."""
    if not any(one.process.alive() for one in run.records().values()):
        return f"nothing of {name} runs. Mend it and call up again"
    lost = f" without {', '.join(failed)}" if failed else ""
    return (f"{name} runs{lost}; what runs keeps running. Mend it and call up again, or end all: "
            f"scripts/down {name}")


def check(launch_file, instances):
    for one in instances:
        print(f"{one.name}: {shlex.join(one.argv)}")
        print(f"  in {one.directory}, with {', '.join(sorted(one.environment))}")
    print(f"{launch_file.path}: {len(instances)} instances")


def run_up(options, say):
    path = os.path.realpath(options.file or DEFAULT_FILE)
    launch_file = read(path)
    programs = Programs(launch_file, options.bin and os.path.abspath(options.bin))
    run = RunDirectory(options.run or os.path.join(state_home(), launch_file.name))
    instances = instances_of(launch_file, programs, run)
    if options.check:
        check(launch_file, instances)
        return 0
    for service in launch_file.services:
        programs.check(service, built=False)
    run.create(path)
    with run.lock(say), run.trouble("write to"):
        plan = Plan(instances, run.settle())
        wanted = launch_file.services if options.restart else [one.service for one in plan.missing]
        if not build(programs.to_build(wanted), say):
            return 1
        for service in launch_file.services:
            programs.check(service, built=True)
        say(f"{launch_file.name}: {len(instances)} instances, logs in {run.path}")
        launch = Launch(run, launch_file, say)
        if carry_out(plan, launch, run, options.restart, say):
            return 0
        say(f"up: {how_it_is(launch_file.name, launch.failed, run)}")
        return 1


def main(options, say):
    try:
        return run_up(options, say)
    except FileError as why:
        say(str(why))
        return 2
