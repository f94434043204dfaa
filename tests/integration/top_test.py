#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The figures of `kith top` under a load that is known: queues, lag, tails, errors, breakers."""

import json
import os
import re
import threading
import time
import unittest

from kith1 import CallError, pack
from shop import BIN, DOMAIN, Shop
from processes import SLOWER, run, wait_until
from terminal import Terminal

WAITING = 25  # calls in the handlers
STUCK = 12    # letters, of two events each


class Top(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        for name in ("post", "desk"):
            cls.shop.start_post(name, name)
        cls.shop.order = cls.shop.beacons.find(DOMAIN, "post")
        cls.desk = cls.shop.beacons.find(DOMAIN, "desk")

    @classmethod
    def tearDownClass(cls):
        cls.shop.end()

    def environment(self):
        return {**os.environ, "KITH_DOMAIN": DOMAIN, "KITH_BEACON_PORT": str(self.shop.port),
                "TERM": "screen", "LC_ALL": "C.UTF-8"}

    def top(self, interval=1):
        done = run([os.path.join(BIN, "kith"), "top", "--once", "--json", "--interval", str(interval)],
                   60, env=self.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    @staticmethod
    def row(report, service, table="instances"):
        found, = [row for row in report[table] if row["service"] == service]
        return found

    def until(self, wanted, what, link=None):
        """The first report of which that is true. A service forgets who is silent for seconds: `link` is
        not."""
        report = None

        def is_so():
            nonlocal report
            report = self.top(0.3)
            if link:
                link.ping()
            return wanted(report)

        wait_until(is_so, lambda: f"{what}\n{json.dumps(report, indent=1)}", 30, 0)
        return report

    def begin(self, link, method, count, text="", number=0):
        for _ in range(count):
            _, envelope = link.request(method, pack({"text": text, "number": number}),
                                       time_left_ms=120000)
            link.send(pack(envelope))

    def glue(self):
        with self.shop.link(self.desk) as link:
            link.greet()
            link.call("desk.glue", {}, time_left_ms=10000)

    def test_queue_and_lag_are_what_waits(self):
        with self.shop.link() as link:
            link.greet()
            self.begin(link, "post.wait", WAITING, number=60000)
            report = self.until(lambda seen: self.row(seen, "post")["queue"] >= WAITING, "no queue",
                                link)
            for table in ("instances", "services"):
                self.assertEqual(self.row(report, "post", table)["queue"], WAITING)
                self.assertEqual(self.row(report, "desk", table)["queue"], 0)
            handlers, = [row for row in report["queues"]
                         if (row["instance"], row["queue"]) == ("post-1", "handlers")]
            self.assertEqual(handlers["depth"], WAITING)
            flying, = [row["in_flight"] for row in report["methods"]
                       if (row["direction"], row["method"]) == ("inbound", "post.wait")]
            self.assertEqual(flying, WAITING)

            self.until(lambda seen: self.row(seen, "desk")["lag"] == 0 and seen["logs"], "a lag",
                       link)
            for number in range(STUCK):
                link.call("post.send", {"text": "stuck", "number": number}, time_left_ms=10000)
            try:
                report = self.until(lambda seen: self.row(seen, "desk")["lag"] >= 2 * STUCK, "no lag",
                                    link)
                for table in ("instances", "services"):
                    self.assertEqual(self.row(report, "desk", table)["lag"], 2 * STUCK)
                    self.assertEqual(self.row(report, "post", table)["lag"], 0)
                log, = report["logs"]
                self.assertEqual((log["group"], log["of"], log["mine"], log["lag"]),
                                 ("desk", "post", True, 2 * STUCK))
                self.on_the_screen(link)
            finally:
                self.glue()
            report = self.until(lambda seen: self.row(seen, "desk")["lag"] == 0, "it stays behind", link)
            self.assertEqual(self.row(report, "post")["queue"], WAITING)
        self.until(lambda seen: self.row(seen, "post")["queue"] == 0, "who has gone still waits")

    def on_the_screen(self, link):
        """The same figures in 80 columns; sorted by the keyboard the fullest queue comes first."""
        screen = Terminal(os.path.join(self.shop.directory.name, "tmux"), self.environment())

        def wait(*texts, **options):
            shown = screen.wait(*texts, **options)
            link.ping()
            return shown

        screen.start([os.path.join(BIN, "kith"), "top", "--interval", "0.3"])
        try:
            shown = wait("calls/s", "desk", "post")
            self.assertLessEqual(max(len(line) for line in shown.splitlines()), 80)
            self.assertEqual(self.cell(shown, "post", "QUEUE"), str(WAITING))
            self.assertEqual(self.cell(shown, "desk", "LAG"), str(2 * STUCK))
            self.assertEqual(self.cell(shown, "post", "LAG"), "0")
            screen.type("2")
            shown = wait("everybody: instances", "post-1", "desk-1")
            self.assertLess(shown.index("desk-1"), shown.index("post-1"))
            for _ in range(20):
                if "QUEUEv" in shown:
                    break
                headings, = [line for line in shown.splitlines() if "P99.9" in line]
                screen.type(">")
                shown = wait("P99.9", without=(headings,))
            self.assertIn("QUEUEv", shown)
            self.assertLess(shown.index("post-1"), shown.index("desk-1"))
            screen.type("r")
            shown = wait("QUEUE^")
            self.assertLess(shown.index("desk-1"), shown.index("post-1"))
            screen.type("/", "post")
            wait("filter: post_", without=("desk-1",))
            screen.type("Enter", "Enter")
            wait("methods", "post.wait")
            screen.type("5")
            self.assertEqual(self.cell(wait("queues", "handlers"), "handlers", "DEPTH"),
                             str(WAITING))
            screen.type("Escape", "q")
            wait("status 0")
        finally:
            screen.close()

    def cell(self, shown, name, heading):
        """What the row that begins so has below that heading: the columns are aligned right."""
        lines = shown.splitlines()
        head, = [line for line in lines if re.search(rf"\b{heading}\b", line)]
        row, = [line for line in lines if line.startswith(name)]
        end = re.search(rf"\b{heading}\b", head).end()
        return row[:end].split()[-1]

    def test_tails_and_errors_are_those_of_the_load(self):
        stop = threading.Event()

        def load():
            """Of 300 calls two take 0.7 s or more and ten fail; the others take what a call takes."""
            with self.shop.link() as slow, self.shop.link() as link:
                slow.greet()
                link.greet()
                while not stop.is_set():
                    self.begin(slow, "post.wait", 2, number=700)
                    for number in range(298):
                        try:
                            link.call("post.wait", {"text": "" if number % 30 else 7, "number": 0},
                                      time_left_ms=10000)
                        except CallError:
                            pass

        worker = threading.Thread(target=load)
        worker.start()
        try:
            time.sleep(0.5)
            for window in 4, 8, 16, 32:  # two in 300 are to be more than one in 1,000, whatever is missed
                report = self.top(window * SLOWER)
                calls = self.row(report, "post")["served"]["calls_per_s"] * window * SLOWER
                if calls >= 600:
                    break
        finally:
            stop.set()
            worker.join(30)
        self.assertGreaterEqual(calls, 600, "too slow to have tails")
        for table in ("instances", "services"):
            served = self.row(report, "post", table)["served"]
            self.assertGreater(served["calls_per_s"], 20)
            self.assertAlmostEqual(served["errors_per_s"] / served["calls_per_s"], 1 / 30, delta=0.01)
            self.assertLess(served["p50_us"], 100_000)
            self.assertLess(served["p99_us"], 500_000)
            self.assertGreaterEqual(served["p999_us"], 700_000)
            self.assertLess(served["p999_us"], 1_400_000)
        method, = [row for row in report["methods"] if row["method"] == "post.wait"
                   and row["direction"] == "inbound"]
        self.assertEqual(method["figures"]["p999_us"], self.row(report, "post")["served"]["p999_us"])
        self.assertGreater(method["failed"]["bad_payload"], 0)

    def test_an_open_breaker_is_told_with_its_method_and_both_ends(self):
        with self.shop.link(self.desk) as link:
            link.greet()
            link.call("desk.knock", {"text": "", "number": 20}, time_left_ms=30000)
        report = self.top(0.3)
        for table in ("instances", "services"):
            self.assertEqual(self.row(report, "post", table)["open_breakers"], 1)
            self.assertEqual(self.row(report, "desk", table)["open_breakers"], 0)
        breaker, = [row for row in report["breakers"] if row["method"] == "post.wait"]
        self.assertIn(breaker.pop("state"), ("open", "half_open"))
        self.assertGreater(breaker.pop("not_permitted"), 0)
        self.assertEqual(breaker, {"instance": "desk-1", "service": "post", "at": "post-1",
                                   "method": "post.wait"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
