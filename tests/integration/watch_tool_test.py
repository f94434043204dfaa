#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""`kith top` and `kith log-level` against real services, and top on a terminal of 80 columns."""

import json
import os
import re
import signal
import threading
import time
import unittest

from shop import BIN, DOMAIN, Shop
from processes import SLOWER, run
from terminal import Terminal

OK, USAGE, NOBODY, NOT_DONE, UNKNOWN = 0, 2, 3, 4, 5


class WatchTool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        for service in ("order", "gateway"):
            cls.shop.start(service)
        cls.shop.order = cls.shop.beacons.find(DOMAIN, "order")
        cls.stop = threading.Event()
        cls.worker = threading.Thread(target=cls.load)
        cls.worker.start()

    @classmethod
    def tearDownClass(cls):
        cls.stop.set()
        cls.worker.join(20)
        cls.shop.end()

    @classmethod
    def load(cls):
        with cls.shop.link() as link:
            link.greet()
            while not cls.stop.is_set():
                link.call("order.list", {}, time_left_ms=10000)
                time.sleep(0.01)

    def environment(self):
        return {**os.environ, "KITH_DOMAIN": DOMAIN, "KITH_BEACON_PORT": str(self.shop.port),
                "TERM": "screen", "LC_ALL": "C.UTF-8"}

    def kith(self, status, *args):
        done = run([os.path.join(BIN, "kith"), *args], 60, env=self.environment())
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done.stdout, done.stderr

    def test_top_once_is_two_tables(self):
        out, _ = self.kith(OK, "top", "--once", "--interval", "0.5")
        services, instances = out.split("\n\n")
        self.assertTrue(services.startswith("SERVICE"))
        self.assertIn("gateway", services)
        self.assertIn(self.shop.order.instance, instances)
        self.assertNotIn("\x1b", out)

    def test_top_is_json_for_programs(self):
        out, _ = self.kith(OK, "top", "--once", "--json", "--interval", "0.5")
        report = json.loads(out)
        row, = [row for row in report["services"] if row["service"] == "order"]
        self.assertGreater(row["served"]["calls_per_s"], 1)
        self.assertGreater(row["served"]["p99_us"], 0)
        self.assertGreaterEqual(row["served"]["p99_us"], row["served"]["p50_us"])
        self.assertGreater(row["resident_bytes"], 1 << 20)
        self.assertTrue([one for one in report["methods"] if one["method"] == "order.list"])

    def test_top_needs_a_terminal_to_draw_on(self):
        _, error = self.kith(USAGE, "top")
        self.assertIn("--once", error)
        self.kith(NOBODY, "top", "--once", "--domain", "elsewhere", "--timeout", "0.3")

    def test_top_is_driven_by_keys_in_eighty_columns(self):
        screen = Terminal(os.path.join(self.shop.directory.name, "tmux"), self.environment())

        screen.start([os.path.join(BIN, "kith"), "top", "--interval", "0.3"])
        try:
            shown = screen.wait("everybody: services", "gateway", "order", "calls/s")
            self.assertLessEqual(max(len(line) for line in shown.splitlines()), 80)
            self.assertIn("CALLS/S", shown)
            screen.type("/", "ord")
            screen.wait("filter: ord_", without=("gateway",))
            screen.type("Enter")
            screen.type("Enter")
            screen.wait("order: instances", self.shop.order.instance)
            screen.type("Enter")
            screen.wait("methods", "order.list")
            screen.type("5")
            screen.wait("queues", "incoming_calls")
            screen.type("Escape")
            screen.wait("order: instances")
            screen.type("?")
            screen.wait("mark a line")
            screen.type("x", "q")
            screen.wait("status 0")
        finally:
            screen.close()

    def test_top_has_colours_unless_its_user_wants_none(self):
        for wish, coloured in (("", True), ("1", False)):
            screen = Terminal(os.path.join(self.shop.directory.name, f"tmux-{wish}"),
                              {**self.environment(), "NO_COLOR": wish})
            screen.start([os.path.join(BIN, "kith"), "top", "--interval", "0.3"], columns=120)
            try:
                end = time.monotonic() + 20 * SLOWER
                while "running" not in (shown := screen.run("capture-pane", "-e", "-p")):
                    self.assertLess(time.monotonic(), end, shown)
                    time.sleep(0.05)
            finally:
                screen.close()
            self.assertEqual("\x1b[32m" in shown, coloured, (wish, shown))

    def test_who_hangs_is_listed_as_others_know_it(self):
        hung = self.shop.start("order", "--instance", "order-hung", "--weight", "0")
        self.kith(OK, "call", "order", "kith.describe", "--instance", "order-hung", "--timeout", "9")
        out, _ = self.kith(OK, "ls")
        self.assertRegex(out, r"order +order-hung +\w+ +alive +yes +0 +tcp")
        hung.send_signal(signal.SIGSTOP)
        self.addCleanup(hung.send_signal, signal.SIGCONT)
        silent = "does not answer; .* says: silent for"
        end = time.monotonic() + 20 * SLOWER
        while not re.search(f"order-hung .*dead .*{silent}", out):
            self.assertLess(time.monotonic(), end, out)
            out, _ = self.kith(OK, "ls")
        out, error = self.kith(OK, "top", "--once", "--interval", "0.2")
        self.assertRegex(out, "order-hung +dead")
        self.assertRegex(error, f"order-hung: {silent}")
        said = rf"kith: order-hung \(\w+\) {silent}"
        self.assertRegex(self.kith(NOT_DONE, "log-level", "order-hung")[1], said)
        self.assertRegex(self.kith(UNKNOWN, "audit", "--patience", "0")[1], said)
        _, error = self.kith(NOBODY, "call", "order", "order.list", "--instance", "order-hung",
                             "--timeout", str(0.5 * SLOWER))
        self.assertRegex(error, said)
        _, error = self.kith(NOBODY, "trace", "0" * 31 + "1")
        self.assertRegex(error, rf"2 of 3 nodes told what they have; not:\n  order-hung {silent}")

    def test_log_levels_are_shown_and_changed(self):
        out, _ = self.kith(OK, "log-level")
        self.assertEqual([line.split()[2:] for line in out.splitlines()],
                         [["LEVEL"], ["info"], ["info"]])
        out, _ = self.kith(OK, "log-level", "order", "debug", "--json")
        node, = json.loads(out)["nodes"]
        self.assertEqual((node["level"], node["before"]), ("debug", "info"))
        out, _ = self.kith(OK, "log-level", self.shop.order.instance)
        self.assertIn("debug", out)
        out, _ = self.kith(OK, "log-level", "order", "info")
        self.assertEqual([line.split()[2:] for line in out.splitlines()],
                         [["LEVEL", "BEFORE"], ["info", "debug"]])
        self.assertIn("the log level was info and is debug now: kith-", self.shop.logs())
        _, error = self.kith(USAGE, "log-level", "order", "loud")
        self.assertIn("debug, info, warning or error", error)
        self.kith(NOBODY, "log-level", "nobody", "info", "--timeout", "0.3")


if __name__ == "__main__":
    unittest.main()
