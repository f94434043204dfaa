#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""`kith tap`, `trace`, `record`, `replay` and `diff` against a real service."""

import json
import os
import re
import tempfile
import time
import unittest
from datetime import datetime

from tool_rig import ANSWERED, CANNOT_RUN, DIFFERS, NOBODY, OK, TOO_FEW, USAGE, ToolCase
from processes import SLOWER


class TapTool(ToolCase):
    def tapped(self, *args):
        out, _ = self.kith(OK, "tap", "order", "--last", "--json", *args)
        return [json.loads(line) for line in out.splitlines()]

    def test_tap_and_trace_show_what_has_passed(self):
        placed = self.place("tool-tap-1")
        rows = [row for row in self.tapped("--name", "order.place")
                if row["kind"] in ("request", "reply")][-2:]
        self.assertEqual([row["kind"] for row in rows], ["request", "reply"])
        self.assertEqual(rows[0]["body"]["key"], "tool-tap-1")
        self.assertEqual(rows[1]["body"]["id"], placed["id"])
        self.assertEqual(rows[0]["id"], rows[1]["id"])
        self.assertGreater(rows[1]["latency_us"], 0)
        out, _ = self.kith(OK, "trace", rows[0]["traceparent"])
        self.assertIn(f"-> {self.beacon.instance}  order.place", out)
        self.assertIn(f"  {self.beacon.instance} told order.placed", out)
        self.kith(USAGE, "trace", "42")
        self.kith(NOBODY, "trace", "0" * 31 + "1")

    def test_tap_shows_what_passes_and_hides_what_it_is_told_to(self):
        placed = self.place("tool-tap-2")
        tap = self.start("tap", "order", "--name", "order.get", "--body", "-x", "--redact", "key",
                         "--count", "2", "--for", "20")
        while tap.poll() is None:
            self.kith(OK, "call", "order", "order.get", json.dumps({"id": placed["id"]}))
        out, error = tap.communicate(timeout=20 * SLOWER)
        self.assertEqual(tap.returncode, OK, error)
        self.assertIn(f" {self.beacon.instance} < ", out)
        self.assertIn(f'{{"id":"{placed["id"]}"}}', out)
        self.assertIn("    00000000  81 a2 69 64", out)
        self.assertIn('"key":"(redacted)"', out)
        octets = bytes.fromhex("".join(re.findall(r"(?m)^    [0-9a-f]{8}  ((?:[0-9a-f]{2} ?)+) ", out)))
        self.assertIn(b"\xa3key\xaa(redacted)", octets)
        for shown in (out, octets.decode(errors="replace")):
            self.assertNotIn("tool-tap-2", shown)
        self.kith(TOO_FEW, "tap", "order", "--errors", "--count", "5", "--for", "0.5")
        self.kith(NOBODY, "tap", "nobody", "--timeout", "0.3")

    def test_what_was_recorded_can_be_replayed_and_compared(self):
        placed = self.place("tool-rec")
        for wanted in (placed["id"], "no-such-order"):
            self.kith(OK if wanted == placed["id"] else ANSWERED, "call", "order", "order.get",
                      json.dumps({"id": wanted}))
        with tempfile.TemporaryDirectory() as directory:
            before, after = (os.path.join(directory, name) for name in ("before", "after"))
            out, _ = self.kith(OK, "record", "-o", before, "order", "--last", "--name", "order.get",
                               "--json")
            self.assertGreaterEqual(json.loads(out)["envelopes"], 2)
            self.assertEqual(os.stat(before).st_mode & 0o777, 0o600)
            out, error = self.kith(OK, "decode", before)
            self.assertIn("order.get", out)
            self.assertIn(" envelopes, 0 packets missed", error)
            with open(before, "rb") as whole, open(after, "wb") as cut:
                cut.write(whole.read()[:-3])
            _, error = self.kith(ANSWERED, "decode", after, "--summary")
            self.assertIn(after, error)
            out, _ = self.kith(OK, "replay", before, "--dry-run")
            self.assertGreaterEqual(out.count("order order.get"), 2)
            out, _ = self.kith(OK, "replay", before, "--dry-run", "--json")
            self.assertEqual(json.loads(out.splitlines()[0])["name"], "order.get")
            out, _ = self.kith(OK, "replay", before, "--speed", "0", "--json")
            report = json.loads(out)
            self.assertGreaterEqual(report["outcomes"]["not_found"], 1)
            self.assertEqual(report["differ"], 0)
            self.kith(OK, "record", "-o", after, "order", "--last", "--name", "order.get")
            out, _ = self.kith(1, "diff", before, after)
            self.assertIn("order: order.get: 0 only before, ", out)
            self.kith(OK, "diff", before, before)
            self.kith(CANNOT_RUN, "replay", __file__)

    def test_tap_shows_what_each_of_its_filters_asks_for(self):
        self.place("tool-tap-3")
        passed = self.tapped("--name", "order.place")
        request, reply = [row for row in passed if row["kind"] in ("request", "reply")][-2:]
        self.assertEqual((request["kind"], reply["kind"]), ("request", "reply"))
        took_ms = reply["latency_us"] / 1000
        for flags, wanted, is_meant in (
                (("--peer", request["peer"][:8], "--id", str(request["id"])), request,
                 lambda row: (row["peer"], row["id"]) == (request["peer"], request["id"])),
                (("--kind", "request", "--larger", str(request["octets"])), request,
                 lambda row: row["kind"] == "request" and row["octets"] >= request["octets"]),
                (("--slower", str(took_ms)), reply,
                 lambda row: row["latency_us"] >= reply["latency_us"] - 1)):
            with self.subTest(flags):
                rows = self.tapped(*flags)
                self.assertIn((wanted["peer"], wanted["kind"], wanted["id"]),
                              [(row["peer"], row["kind"], row["id"]) for row in rows])
                self.assertEqual([row for row in rows if not is_meant(row)], [])
        told = self.tapped("--kind", "event", "--name", "order.placed")
        self.assertIn("tool-tap-3", [row["body"]["key"] for row in told])
        self.assertEqual({(row["kind"], row["name"]) for row in told}, {("event", "order.placed")})

    def test_filters_that_could_show_nothing_are_refused(self):
        with tempfile.TemporaryDirectory() as directory:
            file = os.path.join(directory, "none.rec")
            for flags, said in (
                    (("--kind", "requst"), '--kind: there is no "requst"; did you mean request?'),
                    (("--kind", "x"), "there is hello, welcome,"),
                    (("--trace", "zz"), "--trace: zz is no trace: 32 hexadecimal digits"),
                    (("--larger", "-5"), "--larger: it must be a whole number from 0 on"),
                    (("--id", "-1"), "--id: it must be a whole number from 1 on"),
                    (("--slower", "-1"), "--slower: it must be a number from 0 to"),
                    (("--count", "-1"), "--count: it must be a whole number from 1 on"),
                    (("--for", "soon"), "--for: it must be a number from 0 to")):
                for command in ("tap",), ("record", "-o", file):
                    with self.subTest(command + flags):
                        _, error = self.kith(USAGE, *command, "order", *flags, "--for", "1")
                        self.assertTrue(error.startswith("kith: --"), error)
                        self.assertIn(said, error)
            self.assertFalse(os.path.exists(file))
        self.kith(OK, "tap", "order", "--last", "--kind", "span", "--kind", "request")

    def test_a_trace_may_be_given_as_a_traceparent(self):
        self.place("tool-tap-4")
        request = [row for row in self.tapped("--kind", "request", "--name", "order.place")][-1]
        rows = self.tapped("--trace", request["traceparent"], "--name", "order.place")
        self.assertIn(request["id"], [row["id"] for row in rows])
        self.assertEqual({row["traceparent"][:35] for row in rows}, {request["traceparent"][:35]})

    def test_diff_has_no_options_of_the_network(self):
        out, _ = self.kith(OK, "diff", "--help")
        for name in "--seed", "--trust", "--beacon-port", "--timeout":
            self.assertNotIn(name, out)

    def test_a_replay_keeps_the_pace_that_it_is_told_and_goes_to_whom(self):
        self.kith(OK, "call", "order", "order.list", "{}")
        time.sleep(0.7)
        self.kith(OK, "call", "order", "order.list", "{}")
        with tempfile.TemporaryDirectory() as directory:
            before, calls = (os.path.join(directory, name) for name in ("before", "calls"))
            self.kith(OK, "record", "-o", before, "order", "--last", "--name", "order.list")
            out, _ = self.kith(OK, "replay", before, "--dry-run", "--json")
            times = [datetime.fromisoformat(json.loads(line)["time"].rstrip("Z"))
                     for line in out.splitlines()]
            self.assertEqual(len(times), 2, out)
            lasted = (times[1] - times[0]).total_seconds()
            self.assertGreaterEqual(lasted, 0.7)
            begin = time.monotonic()
            self.kith(OK, "replay", before, "--speed", "0.25")
            self.assertGreaterEqual(time.monotonic() - begin, 4 * lasted)

            self.kith(ANSWERED, "call", "order", "order.cancel", '{"id": "no-such-order"}')
            self.kith(OK, "record", "-o", calls, "order", "--last", "--name", "order.cancel")
            again = self.start("replay", calls, "--speed", "0", "--to", "order-next", "--json")
            self.serve_alone(again, "order-next", {"order.cancel": {}})
            out, error = again.communicate(timeout=20 * SLOWER)
            self.assertEqual(again.returncode, DIFFERS, error)  # it has what order has not
            report = json.loads(out)
            self.assertEqual(report["outcomes"], {"reply": report["calls"]})
            self.assertEqual(report["differ"], report["calls"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
