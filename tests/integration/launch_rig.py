# SPDX-License-Identifier: MPL-2.0
"""scripts/up, status, logs and down, in a state directory of the test's own."""

import json
import os
import subprocess
import tempfile
import time
import unittest

BIN = os.environ.get("KITH_BIN_DIR", "build/dev/bin")
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

    def end_all(self):
        self.run_script("down", "--all")

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
        return subprocess.run(self.command(script, *args), capture_output=True, text=True,
                              timeout=60, env=self.environment(), cwd=self.directory.name)

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
        end = time.monotonic() + limit_s
        while not condition():
            self.assertLess(time.monotonic(), end, f"not within {limit_s} s: {what}")
            time.sleep(0.05)

    def idle(self, script="exec sleep 1000"):
        self.up(0, self.write("idle.toml", SHELL.format(name="idle", script=script)))
        return self.instances("idle")["idle-1"]["pid"]
