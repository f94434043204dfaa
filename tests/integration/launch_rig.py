# SPDX-License-Identifier: MPL-2.0
"""scripts/up, status, logs and down, in a state directory of the test's own."""

import json
import os
import sys
import tempfile
import unittest

# For whoever imports this, too.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import audit  # noqa: E402
from processes import BIN, run, wait_until  # noqa: E402

ROOT = os.environ.get("KITH_SOURCE_DIR", ".")
DOMAIN = f"launch-{os.getpid()}"
SHOP = f"""
name = "shop"
domain = "{DOMAIN}"

[service.order]
instances = 2
flags = {{ database = "{{run}}/order.db" }}
environment = {{ CARD_SECRET = "do not tell" }}

[service.payment]
flags = {{ database = "{{run}}/payment.db" }}
"""
# Programs that are no nodes: what each does at its start, in the shell's words.
SHELL = """
[service.{name}]
program = "/bin/sh"
ready = "started"
args = ['-c', '''{script}''']
"""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


class LaunchRig(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-launch-")
        self.addCleanup(self.directory.cleanup)
        self.addCleanup(self.end_all)
        self.shop = self.write("shop.toml", SHOP)
        self.found_by = ()  # more flags for who looks at the domain
        self.crashed = 0  # nodes of it that were killed
        self.is_audited = False

    def end_all(self):
        try:
            self.audit()
        finally:
            self.run_script("down", "--all")

    def audit(self, *which):
        """The books of what runs of the shop: before a test brings it down, or at its end."""
        there = [one for one in self.instances(*which).values()
                 if one["state"] == "running" and one["inbox"]]
        if there and not self.is_audited:
            self.is_audited = True
            audit.expect_balance("--domain", DOMAIN, *self.found_by, crashed=self.crashed)

    def path(self, *names):
        return os.path.join(self.directory.name, *names)

    def in_run(self, *names, of="shop"):
        return self.path("state", "kith", of, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def command(self, script, *args):
        return ["bash", os.path.join(ROOT, "scripts", script), *args]

    def environment(self):
        return {**os.environ, "XDG_STATE_HOME": self.path("state")}

    def run_script(self, script, *args):
        return run(self.command(script, *args), 60, env=self.environment(), cwd=self.directory.name)

    def script(self, status, script, *args):
        """Both outputs of a script that ends with that status."""
        done = self.run_script(script, *args)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def up(self, status, *args):
        return self.script(status, "up", "--bin", BIN, *args)

    def instances(self, *args):
        sets = json.loads(self.run_script("status", "--json", *args).stdout)["sets"]
        return {one["instance"]: one for known in sets for one in known["instances"]}

    def wait_for(self, condition, what, limit_s=20):
        wait_until(condition, what, limit_s)

    def idle(self, script="exec sleep 1000"):
        self.up(0, self.write("idle.toml", SHELL.format(name="idle", script=script)))
        return self.instances("idle")["idle-1"]["pid"]
