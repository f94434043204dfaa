# SPDX-License-Identifier: MPL-2.0
"""The processes of a soak: instances of order and payment, the feeder, and calls by the `kith` tool.

Nothing that was started here outlives this process: the end is orderly where it can be, and else the
kernel kills them with their parent.
"""

import ctypes
import json
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Process:
    def __init__(self, name, life, command, log_path, environment):
        self.name = name
        self.life = life  # counts from 1 for each name
        self.log_path = log_path
        self.probe_path = environment.get("SOAK_PROBE", "")
        self.stopped = False
        self.expected_end = False
        self._read_up_to = 0
        with open(log_path, "ab") as log:
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=environment, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self._child.pid

    def poll(self):
        """Its exit status, negative for a signal; None while it runs."""
        return self._child.poll()

    def wait(self, seconds):
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number):
        if number == signal.SIGSTOP:
            self.stopped = True
        elif number == signal.SIGCONT:
            self.stopped = False
        self._child.send_signal(number)

    def new_lines(self):
        """Whole lines of its log since the last time, as one text."""
        with open(self.log_path, "rb") as log:
            log.seek(self._read_up_to)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_up_to += len(whole)
        return whole.decode(errors="replace")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()


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
            # What a thread has freed and malloc keeps for it counts as handed out: nothing is kept.
            environment["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0"
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
        done = subprocess.run(command, capture_output=True, text=True, timeout=3 * seconds,
                              env=self.environment, check=False, preexec_fn=die_with_parent)
        if done.returncode != 0:
            raise RuntimeError(f"kith call {service} {method}: {done.stdout}{done.stderr}".strip())
        return json.loads(done.stdout)

    def audit(self, patience=10):
        """What `kith audit` says against the books of the living instances, as lines."""
        done = subprocess.run(self.tool("audit", "--json", "--patience", str(patience)),
                              capture_output=True, text=True, timeout=6 * patience,
                              env=self.environment, check=False, preexec_fn=die_with_parent)
        if done.returncode == 0:
            return []
        if not done.stdout.startswith("{"):
            return [f"kith audit: status {done.returncode}: {done.stderr.strip()}"]
        report = json.loads(done.stdout)
        return ([f"kith audit: {one} does not answer" for one in report["silent"]]
                + [f"kith audit: {one['node']} against {one['with'] or 'itself'}: {one['what']}"
                   for one in report["findings"]])

    def end(self):
        """SIGTERM to all, SIGKILL to who does not go. Gives the names of those that did not end with
        status 0."""
        running = self.living()
        for process in running:
            process.expected_end = True
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        failed = []
        for process in running:
            status = process.wait(max(0.1, deadline - time.monotonic()))
            if status is None:
                process.signal(signal.SIGKILL)
                process.wait(5)
            if status != 0:
                failed.append(f"{process.name} ended with status {status}")
        return failed
