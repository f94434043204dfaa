# SPDX-License-Identifier: MPL-2.0
"""Five servers of one contender, which behave as they are told, and their callers."""

import json
import os
import signal
import tempfile
import time

import contenders
import programs
import samples

INSTANCES = 5
PROGRAMS = {"kith": "bench_kith_resilience", "zmq": "bench_libzmq_resilience"}
REPEATABLE, ONCE = "repeatable", "once"
PATIENCE_S = 20


class Fleet:
    """Ends with its context. kith has a caller of each kind; libzmq repeats nothing anyway."""

    def __init__(self, programs_at, who, name, workers=0, attempts=1, kinds=(REPEATABLE,)):
        self.who = who
        self.programs_at = programs_at
        self.program = os.path.join(programs_at, PROGRAMS[who])
        self.name = name
        self.workers = workers
        self.attempts = attempts
        self.kinds = kinds if who == "kith" else (REPEATABLE,)

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-bench-")
        self.stage = contenders.Stage(self.directory.name)
        self.frozen = set()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, failed=True, *_):
        for index in list(self.frozen):
            self.thaw(index)
        wrong = {} if failed else self.stage.audit()
        self.stage.end()
        self.directory.cleanup()
        for name, lines in wrong.items():
            raise programs.Failed(f"{name}: {'; '.join(lines)}")

    def start(self):
        options = ["--instances", str(INSTANCES)]
        if self.who == "kith":
            domain = f"{self.who}/{self.name}"
            self.stage.has_books(domain, self.programs_at)
            options += ["--domain", self.stage.domain_of(domain)]
        where = ["--endpoint", "tcp://127.0.0.1:*", "--workers", str(self.workers)]
        self.servers = [self.stage.start(self.program, "serve", options + where)
                        for _ in range(INSTANCES)]
        endpoints = ",".join([server.ready() for server in self.servers])
        if self.who == "zmq":
            options += ["--endpoint", endpoints, "--attempts", str(self.attempts)]
        self.callers = {kind: self.stage.start(self.program, "call",
                                               options + (["--once"] if kind == ONCE else []))
                        for kind in self.kinds}
        for caller in self.callers.values():
            caller.ready()

    def temper(self, how, index=None):
        """Of one server or of all. Gives the moment."""
        for server in self.servers if index is None else [self.servers[index]]:
            server.tell(f"temper {how}")
        return time.monotonic()

    def freeze(self, index):
        self.servers[index].process.send_signal(signal.SIGSTOP)
        self.frozen.add(index)
        return time.monotonic()

    def thaw(self, index):
        self.servers[index].process.send_signal(signal.SIGCONT)
        self.frozen.discard(index)
        return time.monotonic()

    def load(self, rate, seconds, deadline_ms, long_share=0):
        """Each caller begins so many calls a second. Gives the moment."""
        self.load_s = seconds + deadline_ms / 1e3
        for caller in self.callers.values():
            caller.tell(f"load {rate} {seconds} {deadline_ms} {long_share}")
        return time.monotonic()

    def called(self):
        """What the callers noted, by kind, when all their calls have ended."""
        return {kind: samples.Calls(json.loads(caller.line(self.load_s + PATIENCE_S)))
                for kind, caller in self.callers.items()}

    def served(self):
        """What the servers noted since they were asked last."""
        for server in self.servers:
            server.tell("report")
        return [samples.Served(json.loads(server.line(PATIENCE_S))) for server in self.servers]
