# SPDX-License-Identifier: MPL-2.0
"""The processes of a soak: instances of order and payment, the feeder, and calls by the `kith` tool.

Nothing that was started here outlives this process: the end is orderly where it can be, and else the
kernel kills them with their parent.
"""

import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import audit  # noqa: E402
import processes  # noqa: E402

# What a thread has freed and malloc keeps for it counts as handed out: nothing is kept. What is handed out
# is written to at once: else a buffer that is used bit by bit, as the flight recorder's ring is (4 MiB that
# fill with the traffic, in a minute or two), grows in pages for as long.
MALLOC = "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165"


class Process(processes.Process):
    def __init__(self, name, life, command, log_path, environment):
        self.life = life  # counts from 1 for each name
        self.begun = time.monotonic()
        self.probe_path = environment.get("SOAK_PROBE", "")
        self.stopped = False
        self.expected_end = False
        self._read_up_to = 0
        super().__init__(command, log_path, name, env=environment)

    def send_signal(self, number):
        if number == signal.SIGSTOP:
            self.stopped = True
        elif number == signal.SIGCONT:
            self.stopped = False
        super().send_signal(number)

    def new_lines(self):
        """Whole lines of its log since the last time, as one text."""
        with open(self.log_path, "rb") as log:
            log.seek(self._read_up_to)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_up_to += len(whole)
        return whole.decode(errors="replace")


class Fleet:
    def __init__(self, binaries, directory, domain, beacon_port, environment, probe, leaks):
        self.binaries = binaries
        self.directory = directory
        self.common = ["--domain", domain, "--beacon-port", str(beacon_port)]
        self.environment = environment
        self.probe = probe  # the library of probe.cpp; empty: none
        self.leaks = leaks  # service -> what it shall leak
        # A memory of 100,000 keys would look like a leak.
        self.flags = {"payment": ["--sandbox-keys", "500"]}
        self.databases = {}  # service -> what --database is told, instead of a file
        self.instances = {}  # by name, the present life
        self.past = []  # ended lives, whose logs are still to be read
        self.died_at = []  # when instances ended without a last word
        self.lives = {}

    def start_instance(self, name, variables=None):
        service = name.rpartition("-")[0]
        command = [os.path.join(self.binaries, service), *self.common, "--instance", name,
                   "--database",
                   self.databases.get(service, os.path.join(self.directory, f"{service}.db")),
                   *self.flags.get(service, [])]
        if name in self.instances:
            self.past.append(self.instances[name])
        environment = {**self.environment, **(variables or {})}
        if self.probe:
            environment["LD_PRELOAD"] = self.probe
            environment["GLIBC_TUNABLES"] = MALLOC
            environment["SOAK_PROBE"] = os.path.join(
                self.directory, f"{name}.{self.lives.get(name, 0) + 1}.heap")
            environment["SOAK_LEAK"] = self.leaks.get(service, "")
        self.instances[name] = self._start(name, command, environment)

    def start_feeder(self, name, arguments):
        command = [os.path.join(self.binaries, "storefront"), *self.common, "--instance", name,
                   *arguments]
        return self._start(name, command, self.environment)

    def _start(self, name, command, environment):
        life = self.lives[name] = self.lives.get(name, 0) + 1
        log = os.path.join(self.directory, f"{name}.{life}.log")
        return Process(name, life, command, log, environment)

    def living(self):
        return [p for p in self.instances.values() if p.poll() is None]

    def tool(self, *arguments):
        return [os.path.join(self.binaries, "kith"), *arguments, *self.common]

    def call(self, service, method, body, instance=None, seconds=10):
        """The reply, or a RuntimeError with what the tool said."""
        command = self.tool("call", service, method, json.dumps(body), "--json",
                            "--deadline", str(int(seconds * 500)), "--timeout", str(seconds))
        if instance:
            command += ["--instance", instance]
        done = processes.run(command, 3 * seconds, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"kith call {service} {method}: {done.stdout}{done.stderr}".strip())
        return json.loads(done.stdout)

    def audit(self, patience=10):
        """What does not balance in the books of the living instances, as lines."""
        return audit.problems(*self.common, crashed=self.witnessed(), patience_s=patience,
                              env=self.environment, kith=os.path.join(self.binaries, "kith"))

    def crash(self, process):
        process.expected_end = True
        process.crash()
        self.died_at.append(time.monotonic())

    def witnessed(self):
        """How many died while it lived, by instance."""
        return {name: sum(at > one.begun for at in self.died_at)
                for name, one in self.instances.items()}

    def end(self):
        """SIGTERM to all, SIGKILL to who does not go. Gives lines about those that did not end with
        status 0."""
        running = self.living()
        for process in running:
            process.expected_end = True
        return processes.end_all(running, 20)
