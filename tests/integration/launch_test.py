#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""scripts/up, status, logs and down on an ordinary day, with real processes."""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

from launch_rig import BIN, DOMAIN, SHELL, SHOP, LaunchRig, alive
from processes import Process, run


class Launch(LaunchRig):
    def test_the_example_that_is_there_without_a_file_can_be_started(self):
        out = self.up(0, "--check")
        for instance in ("order-1", "payment-1", "gateway-1"):
            self.assertIn(instance, out)

    def test_a_set_is_started_shown_and_ended(self):
        said = self.up(0, self.shop)
        self.assertEqual(len(re.findall(r"started, pid \d+, listens at tcp://127.0.0.1:\d+", said)), 3)
        out = self.script(0, "status")
        for text in ("order-1", "order-2", "payment-1", "running", "MiB", "tcp://127.0.0.1:"):
            self.assertIn(text, out)
        found = run([os.path.join(BIN, "kith"), "ls", "--domain", DOMAIN, "--json"], 20, check=True)
        self.assertEqual(sorted(one["instance"] for one in json.loads(found.stdout)["members"]),
                         ["order-1", "order-2", "payment-1"])
        there = self.instances()
        self.assertEqual({one["state"] for one in there.values()}, {"running"})
        with open(self.in_run("order-1.pid"), encoding="utf-8") as file:
            self.assertEqual(int(file.readline()), there["order-1"]["pid"])
        self.audit()
        said = self.script(0, "down", self.shop)
        self.assertEqual(said.count("status 0"), 3, said)
        self.assertFalse(any(alive(one["pid"]) for one in there.values()))
        self.assertEqual(glob.glob(self.in_run("*.pid")) + glob.glob(self.in_run("*.exit")), [])
        self.assertTrue(os.path.exists(self.in_run("order.db")))
        self.assertIn("nothing runs", self.script(3, "status"))
        for argument in ("shop", self.shop, "--all"):
            self.assertIn("nothing runs", self.script(0, "down", argument))
        self.assertIn("has stopped", self.script(0, "logs", "order-1"))

    def test_a_set_with_certificates(self):
        home = self.path("trust")

        def trust(command, *args):
            run([os.path.join(BIN, "kith"), "trust", command, *args, "--dir", home,
                 *(() if command == "request" else ("--passphrase-file", "-"))], 60,
                input="correct horse battery staple\n", check=True)

        trust("init", "--domain", DOMAIN)
        for name, rights in (("order", ("--provides", "order", "--publishes", "order.",
                                        "--subscribes", "payment.")),
                             ("payment", ("--provides", "payment", "--publishes", "payment.",
                                          "--calls", "order", "--subscribes", "order.,payment.")),
                             ("operator", ("--calls", "kith."))):
            trust("request", name)
            trust("sign", os.path.join(home, f"{name}.req"), *rights)
        # One directory for all of a machine: each takes its own keys from it.
        self.up(0, self.write("shop.toml", SHOP + f'[environment]\nKITH_TRUST = "{home}"\n'))
        self.found_by = ("--trust", home, "--as", "operator")
        found = run([os.path.join(BIN, "kith"), "ls", "--domain", DOMAIN, "--json", *self.found_by], 20,
                    check=True)
        members = json.loads(found.stdout)["members"]
        self.assertEqual(sorted(one["instance"] for one in members),
                         ["order-1", "order-2", "payment-1"])
        for one in members:
            self.assertGreater(one["certificate_ends_us"], time.time() * 1e6)
        plain = run([os.path.join(BIN, "kith"), "call", "order", "order.get", '{"id": "1"}',
                     "--domain", DOMAIN, "--timeout", "1"], 20)
        self.assertEqual(plain.returncode, 3, plain.stdout + plain.stderr)

    def test_up_again_starts_what_is_missing_only(self):
        self.up(0, self.shop)
        before = self.instances()
        said = self.up(0, self.shop)
        self.assertEqual(said.count("runs already"), 3)
        os.kill(before["order-2"]["pid"], signal.SIGKILL)
        self.crashed = 1
        self.wait_for(lambda: self.instances()["order-2"]["state"] == "ended", "it is noticed")
        self.assertEqual(self.instances()["order-2"]["signal"], "SIGKILL")
        self.assertIn("ended: killed by SIGKILL", self.script(1, "status"))
        said = self.up(0, self.shop)
        self.assertIn("order-2: started", said)
        after = self.instances()
        self.assertEqual(before["order-1"], {**after["order-1"],
                                             "uptime_s": before["order-1"]["uptime_s"],
                                             "rss_bytes": before["order-1"]["rss_bytes"]})
        self.assertNotEqual(before["order-2"]["pid"], after["order-2"]["pid"])

    def test_what_differs_is_said_and_replaced_when_asked(self):
        self.up(0, self.shop)
        before = self.instances()
        self.write("shop.toml", SHOP.replace("instances = 2", "instances = 1").replace(
            "payment.db\"", "payment.db\", sandbox_keys = 500"))
        said = self.up(0, self.shop)
        self.assertIn("payment-1: runs already", said)
        self.assertIn("but differs from the file; --restart replaces it", said)
        self.assertIn("order-2: runs, pid", said)
        self.assertEqual({one["pid"] for one in self.instances().values()},
                         {one["pid"] for one in before.values()})
        self.up(0, self.shop, "--restart")
        after = self.instances()
        self.assertEqual(sorted(after), ["order-1", "payment-1"])
        self.assertEqual(after["order-1"]["pid"], before["order-1"]["pid"])
        self.assertNotEqual(after["payment-1"]["pid"], before["payment-1"]["pid"])

    def test_a_replacement_that_fails_leaves_the_others_running(self):
        self.up(0, self.shop)
        before = self.instances()
        self.write("shop.toml", SHOP.replace("order.db\"", "order.db\", weight = -1"))
        said = self.up(1, self.shop, "--restart")
        self.assertIn("nothing more is replaced", said)
        after = self.instances()
        self.assertEqual(after["order-1"]["exit_status"], 2)
        self.assertEqual(after["order-2"]["pid"], before["order-2"]["pid"])

    def test_sets_run_side_by_side(self):
        other = self.write("other.toml", SHELL.format(name="idle", script="exec sleep 1000"))
        self.up(0, self.shop)
        self.up(0, other)
        self.assertEqual(len(self.instances()), 4)
        self.assertEqual(len(self.instances("other")), 1)
        self.assertIn("several sets have been started (other, shop)", self.script(1, "down"))
        self.script(0, "down", "other")
        self.assertEqual(len(self.instances()), 3)
        os.makedirs(self.path("elsewhere"))
        again = self.write("elsewhere/shop.toml", SHOP)
        self.assertIn('a set "shop" is there already', self.up(1, again))
        self.assertEqual(len(self.instances()), 3)

    def test_logs(self):
        script = "for i in $(seq 30); do echo $0 line $i; done; exec sleep 1000"
        self.up(0, self.write("talk.toml", SHELL.format(name="talk", script=script).replace(
            "ready", "instances = 2\nready")))
        for name in ("talk-1", "talk-2"):
            self.wait_for(lambda: "line 30" in self.script(0, "logs", name), "all is said")
        self.assertEqual(self.script(0, "logs", "talk-1", "-n", "2").splitlines(),
                         ["/bin/sh line 29", "/bin/sh line 30"])
        self.assertEqual(len(self.script(0, "logs", "tal", "-n", "3").splitlines()), 6)
        self.assertIn("talk-2 | /bin/sh line 30", self.script(0, "logs", "talk"))
        self.assertIn("the names there are: talk-1, talk-2", self.script(1, "logs", "speak"))
        self.assertIn("it must be a whole number, not '-1'",
                      self.script(2, "logs", "talk", "-n", "-1"))
        with Process(self.command("logs", "talk-1", "-f", "-n", "1"), text=True,
                     stdout=subprocess.PIPE, env=self.environment()) as following:
            lines = [following.stdout.readline()]
            with open(self.in_run("talk-1.log", of="talk"), "a", encoding="utf-8") as log:
                log.write("half ")
                log.flush()
                time.sleep(0.5)
                log.write("and half\n")
            lines.append(following.stdout.readline())
            following.send_signal(signal.SIGINT)
        self.assertEqual(lines, ["/bin/sh line 30\n", "half and half\n"])
        self.assertEqual(following.returncode, 0)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    unittest.main(verbosity=2)
