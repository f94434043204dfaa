#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The pages of real nodes after all kinds of trouble: what only faults bring forth is read, too."""

import os
import signal
import unittest

from kith1 import pack
from metrics_rig import RARE, Pages
from shop import BIN, DOMAIN, Shop
from processes import SLOWER, wait_until

# In trust_edges_test.py.
OF_CERTIFICATES = {"kith_certificate_expiry_timestamp_seconds"}
# What a tap has not read yet is soon overwritten.
SHORT_MEMORY = ("--recorder-bytes", "65536")


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        cls.addClassCleanup(cls.shop.end)
        cls.processes = {name: cls.shop.start_post(name, name, "--admin", "127.0.0.1:0", *SHORT_MEMORY)
                         for name in ("post", "desk")}
        cls.post, cls.desk = (Pages(one.wait_for(r"pages at (http://\S+)").group(1))
                              for one in cls.processes.values())
        cls.beacons = {name: cls.shop.beacons.find(DOMAIN, name) for name in cls.processes}

    def ask(self, service, method, text="", number=0):
        with self.shop.link(self.beacons[service]) as link:
            link.greet()
            call, envelope = link.request(method, pack({"text": text, "number": number}), time_left_ms=int(60000 * SLOWER))
            link.send(pack(envelope))
            link.answer_to(call, limit=60 * SLOWER)

    def wait(self, pages, name, what=lambda value: value > 0, **labels):
        wait_until(lambda: what(pages.value(name, **labels)), lambda: f"{name} {labels}\n{self.shop.logs()}")

    def let_events_be_lost(self):
        """Desk stands still for as long as it takes to publish more than is kept for it: 64 MiB."""
        def is_heard():
            self.ask("post", "post.shout", "well", 1)
            return self.desk.value("kith_events_delivered_total", direction="inbound", topic="post.shouted")

        wait_until(is_heard, self.shop.logs)
        self.processes["desk"].send_signal(signal.SIGSTOP)
        try:
            self.ask("post", "post.shout", "x" * 30000, 3500)
        finally:
            self.processes["desk"].send_signal(signal.SIGCONT)
        self.wait(self.desk, "kith_events_dropped_total", topic="post.shouted", reason="gap")

    def let_a_tap_miss_what_passes(self):
        tap = self.shop.keep([os.path.join(BIN, "kith"), "tap", "post", "--all"], "tap")
        self.wait(self.post, "kith_taps_open")
        self.ask("post", "post.shout", "x" * 8000, 100)
        self.wait(self.post, "kith_tap_packets_missed_total")
        tap.crash()

    def let_hedges_be_refused(self):
        second = self.shop.start_post("post", "second", database="post")
        self.beacons["second"] = self.shop.beacons.find(DOMAIN, "post", but=(self.beacons["post"].node_id,))
        wait_until(lambda: self.desk.value("kith_members", state="alive") >= 2, second.log)
        self.ask("desk", "desk.hurry", number=200)
        self.wait(self.desk, "kith_extra_attempts_refused_total", kind="hedges", reason="no_budget")

    def test_all_who_read_metrics_accept_these_after_faults(self):
        self.let_events_be_lost()
        self.let_a_tap_miss_what_passes()
        self.ask("desk", "desk.knock", number=20)
        self.let_hedges_be_refused()
        self.ask("post", "post.send", "torn", 1)
        self.wait(self.desk, "kith_dead_letters")
        self.wait(self.post, "kith_envelopes_dropped_total")  # to who asked and hung up

        there = self.desk.expect_good(self) | self.post.expect_good(self)
        self.assertEqual(RARE - OF_CERTIFICATES - there, set())
        for name, labels in (("kith_calls_dropped_total", {"method": "post.wait"}),
                             ("kith_call_errors_total", {"method": "post.wait", "code": "deadline_exceeded"}),
                             ("kith_breakers_not_permitted", {"method": "post.wait"})):
            self.assertGreater(self.desk.value(name, **labels), 0, name)
        self.assertGreater(sum(self.desk.value("kith_breakers", method="post.wait", state=state)
                               for state in ("open", "half_open")), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
