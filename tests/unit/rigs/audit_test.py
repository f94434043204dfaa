#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The audit at the end of a rig finds what it is there to find, and waiting is what it says."""

import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import audit  # noqa: E402
import processes  # noqa: E402


def row(**dropped):
    return {"node": "order-1", "scope": "peer", "key": "payment-1", "direction": "outbound",
            "dropped": dropped}


def verdict(status=0, crashed=0, accounts=(), findings=(), silent=()):
    report = {"accounts": list(accounts), "findings": list(findings), "silent": list(silent)}
    return "\n".join(audit.verdict(status, json.dumps(report), "", crashed))


class Verdict(unittest.TestCase):
    def test_what_balances_is_well(self):
        self.assertEqual(verdict(accounts=[row(cancelled=3)]), "")

    def test_what_the_command_finds_is_told(self):
        finding = {"node": "order-1", "with": "", "what": "10 sent, but 9 delivered"}
        self.assertIn("order-1 against itself: 10 sent", verdict(1, findings=[finding]))
        self.assertIn("payment-1 does not answer", verdict(5, silent=["payment-1"]))
        self.assertIn("status 1", verdict(1))
        self.assertEqual(audit.verdict(3, "", "nobody\n"), ["status 3: nobody"])

    def test_nothing_is_unknown_without_a_crash(self):
        lost = [row(peer_crashed=1)]
        self.assertIn("1 unknown (peer_crashed), of 0 crashed peers", verdict(accounts=lost))
        self.assertEqual(verdict(accounts=lost, crashed=1), "")

    def test_a_crash_leaves_a_window_at_most(self):
        self.assertEqual(verdict(accounts=[row(peer_crashed=audit.WINDOW)], crashed=1), "")
        self.assertIn("peer_crashed", verdict(accounts=[row(peer_crashed=audit.WINDOW + 1)], crashed=1))

    def test_a_node_knows_nothing_of_crashes_before_it_lived(self):
        lost = [row(peer_crashed=1)]
        self.assertEqual(verdict(accounts=lost, crashed={"order-1": 1}), "")
        for crashed in {"order-1": 0, "payment-1": 9}, {}:
            self.assertIn("of 0 crashed peers", verdict(accounts=lost, crashed=crashed))

    def test_what_is_lost_on_a_link_is_never_well(self):
        self.assertIn("1 lost_on_link", verdict(accounts=[row(lost_on_link=1)], crashed=9))


class Problems(unittest.TestCase):
    def test_an_audit_that_cannot_be_read_or_run_is_one(self):
        with tempfile.TemporaryDirectory() as directory:
            broken = os.path.join(directory, "kith")
            with open(broken, "w", encoding="ascii") as script:
                script.write("#!/bin/sh\necho '{\"accounts\": '\n")
            for mode, said in (0o700, "Expecting value"), (0o600, "Permission denied"):
                os.chmod(broken, mode)
                found, = audit.problems(kith=broken)
                self.assertRegex(found, f"^kith audit: .*{said}")


class Processes(unittest.TestCase):
    def test_who_does_not_end_well_is_named(self):
        well, ill = (processes.Process(["sh", "-c", f"exit {status}"], name=f"sh-{status}")
                     for status in (0, 3))
        for one in (well, ill):
            one.wait()
        self.assertEqual(processes.end_all([well, ill]), ["sh-3 ended with status 3"])

    def test_who_stands_still_ends_in_order_and_who_is_deaf_is_killed(self):
        still = processes.Process(["sleep", "1000"])
        still.send_signal(processes.signal.SIGSTOP)
        self.assertEqual(still.end(), -processes.signal.SIGTERM)
        with tempfile.NamedTemporaryFile() as log:
            deaf = processes.Process(["sh", "-c", 'trap "" TERM; echo deaf; while :; do sleep 0.05; done'],
                                     log.name, "deaf")
            deaf.wait_for("deaf")
            self.assertEqual(processes.end_all([deaf], 0.2), ["deaf ended with status -9"])

    def test_a_crash_that_is_meant_is_no_complaint(self):
        victim = processes.Process(["sleep", "1000"])
        victim.crash()
        self.assertEqual(processes.end_all([victim]), [])

    def test_a_line_is_waited_for(self):
        with tempfile.NamedTemporaryFile() as log:
            talker = processes.Process(["sh", "-c", "sleep 0.1; echo ready at 7; sleep 1000"], log.name)
            self.assertEqual(talker.wait_for(r"ready at (\d)").group(1), "7")
            with self.assertRaises(processes.Late):
                talker.wait_for("never", 0.1)
            talker.crash()
            with self.assertRaisesRegex(processes.Late, "ended with status -9 and never said"):
                talker.wait_for("never")


if __name__ == "__main__":
    unittest.main()
