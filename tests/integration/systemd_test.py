#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The unit template: systemd takes it without a word, and what it forbids a service can do without."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import audit  # noqa: E402
import processes  # noqa: E402
from processes import SLOWER, Process, run  # noqa: E402

BIN = os.path.abspath(processes.BIN)
ROOT = os.environ.get("KITH_SOURCE_DIR", ".")
TEMPLATE = os.path.join(ROOT, "packaging", "systemd", "kith@.service")
EXPOSURE_MAX = 20  # tenths, as systemd-analyze security counts it
LIMIT_S = 60  # on a usual machine


def settings(name):
    with open(TEMPLATE, encoding="utf-8") as file:
        return re.findall(rf"^{name}=(.*)$", file.read(), re.M)


def system_calls(group):
    """Of a group as @system-service, with those that it takes in."""
    out = run(["systemd-analyze", "syscall-filter", group], LIMIT_S, check=True).stdout
    calls = set()
    for word in (line.strip() for line in out.splitlines()[1:]):
        if word.startswith("@"):
            calls |= system_calls(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def permitted():
    calls = set()
    for value in settings("SystemCallFilter"):
        groups = [system_calls(word) if word.startswith("@") else {word}
                  for word in value.lstrip("~").split()]
        calls = calls.difference(*groups) if value.startswith("~") else calls.union(*groups)
    return calls


class Template(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-systemd-")
        self.addCleanup(self.directory.cleanup)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def unit(self):
        """As it is installed for order, but with the program of this build."""
        with open(TEMPLATE, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count("ExecStart=/usr/local/bin/%p\n"), 1)
        for name in ("order@.service", "order@1.service"):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text.replace("/usr/local/bin/%p", f"{BIN}/order"))
        return self.path("order@1.service")

    def analyze(self, *args):
        done = run(["systemd-analyze", *args], LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stderr

    def test_systemd_takes_it_without_a_word(self):
        self.assertEqual(self.analyze("verify", self.unit()), "")

    def test_it_leaves_little_open(self):
        self.analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", self.unit())

    def test_it_waits_longer_than_a_node_drains(self):
        done = run([f"{BIN}/order", "--print-config"], LIMIT_S, check=True)
        drain_ms = int(re.search(r"^drain_ms = (\d+)", done.stdout, re.M).group(1))
        self.assertGreater(int(settings("TimeoutStopSec")[0]) * 1000, drain_ms + 1000)

    def end_session(self, process):
        """And what it traces."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def test_a_service_needs_nothing_that_it_forbids(self):
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(self.path("notify"))
        notify.settimeout(LIMIT_S * SLOWER)
        domain = f"systemd-{os.getpid()}"
        environment = {**os.environ, "NOTIFY_SOCKET": self.path("notify"), "KITH_DOMAIN": domain,
                       "WATCHDOG_USEC": "200000"}
        service = Process(["strace", "-f", "-qq", "-o", self.path("trace"), f"{BIN}/order",
                           "--database", self.path("order.db")],
                          env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(self.end_session, service)
        said = notify.recv(4096).decode()
        self.assertIn("READY=1\n", said)
        self.assertRegex(said, r"X_KITH_INBOX=tcp://127\.0\.0\.1:\d+\n")
        self.assertEqual([notify.recv(4096) for _ in range(3)], [b"WATCHDOG=1"] * 3)
        run([f"{BIN}/kith", "call", "order", "order.list", "--domain", domain,
             "--timeout", "20", "--deadline", "10000"], LIMIT_S, check=True)
        audit.expect_balance("--domain", domain)
        os.killpg(service.pid, signal.SIGTERM)
        said = b""
        while b"STOPPING=1" not in said:
            said = notify.recv(4096)
        service.wait(LIMIT_S * SLOWER)
        with open(self.path("trace"), encoding="utf-8", errors="replace") as file:
            trace = file.read()
        used = set(re.findall(r"^\d+ +(\w+)\(", trace, re.M))
        self.assertIn("sendto", used)
        self.assertEqual(used - permitted(), set())
        families = set(re.findall(r"\bsocket\((AF_\w+)", trace))
        self.assertEqual(families - set(settings("RestrictAddressFamilies")[0].split()), set())
        self.assertNotRegex(trace, r"PROT_WRITE\|PROT_EXEC")  # MemoryDenyWriteExecute


if __name__ == "__main__":
    unittest.main(verbosity=2)
