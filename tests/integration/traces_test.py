#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Spans of real services at a collector, and log lines that name their trace."""

import http.server
import json
import os
import re
import threading
import time
import unittest

from shop import BIN, DOMAIN, Shop, order
from processes import free_port, run, wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SERVER, CLIENT, CONSUMER = 2, 3, 5


class Collector:
    """Takes OTLP/JSON, as an OpenTelemetry collector does at port 4318."""

    def __init__(self):
        self.spans = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/traces", self.path
                assert self.headers["Content-Type"] == "application/json"
                for resource in body["resourceSpans"]:
                    about = {one["key"]: one["value"]["stringValue"]
                             for one in resource["resource"]["attributes"]}
                    for scope in resource["scopeSpans"]:
                        outer.spans += [{**span, "service": about["service.name"]}
                                        for span in scope["spans"]]
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def steps_of(shop, trace):
    """Of `kith trace`, by kind and name."""
    done = run([os.path.join(BIN, "kith"), "trace", trace, "--json", *shop.flags()])
    return {(one["kind"], one["name"].split(" #")[0]): one
            for one in json.loads(done.stdout or "{}").get("steps", [])}


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.nobody = f"127.0.0.1:{free_port()}"
        cls.shop = Shop()
        for service, flags in (("order", ["--log-level", "debug", "--log-json"]),
                               ("payment", ["--gateway", "service"]), ("gateway", [])):
            away = service == "gateway"  # its collector is
            cls.shop.start(service, "--trace-collector",
                           cls.nobody if away else cls.collector.address, *flags)
        cls.shop.order = cls.shop.beacons.find(DOMAIN, "order")
        for service in ("payment", "gateway"):
            cls.shop.beacons.find(DOMAIN, service)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.shop.end()
        finally:
            cls.collector.close()

    def wait(self, done, what):
        wait_until(done, lambda: f"{what}: {json.dumps(self.collector.spans)}\n{self.shop.logs()}", 30)

    def spans(self, name, kind):
        return [span for span in self.collector.spans
                if span["traceId"] == TRACE and span["name"] == name and span["kind"] == kind]

    def test_one_order_is_one_trace_through_all_services(self):
        with self.shop.link() as link:
            link.greet()
            link.call("order.place", order("traced"), time_left_ms=10000,
                      trace=f"00-{TRACE}-{CALLER}-01")
        self.wait(lambda: self.spans("order.get", SERVER) and self.spans("order.get", CLIENT),
                  "the trace did not come to order.get")
        placed, = self.spans("order.place", SERVER)
        self.assertEqual(placed["parentSpanId"], CALLER)
        self.assertEqual(placed["service"], "order")

        def applied_by_payment():
            return [span for span in self.spans("order.placed", CONSUMER) if span["service"] == "payment"]

        self.wait(applied_by_payment, "payment did not tell that it was applied")
        applied, = applied_by_payment()
        self.assertEqual(applied["parentSpanId"], placed["spanId"])  # the work that appended it
        # What was written down with the event is done later, and goes on below it.
        self.wait(lambda: self.spans("payment.captured", CONSUMER), "it was not settled")
        for name in ("order.get", "gateway.charge"):
            self.wait(lambda: ("payment", applied["spanId"]) in
                      [(span["service"], span["parentSpanId"]) for span in self.spans(name, CLIENT)],
                      f"payment did not tell of {name} below what it applied")
        captured, = self.spans("payment.captured", CONSUMER)
        self.assertEqual((captured["service"], captured["parentSpanId"]),
                         ("order", applied["spanId"]))

        def asked():
            return {span["spanId"]: span for span in self.spans("order.get", CLIENT)}

        served_by_order = self.spans("order.get", SERVER)
        self.wait(lambda: {span["parentSpanId"] for span in served_by_order} <= asked().keys(),
                  "who asked did not tell of it")
        for served in served_by_order:
            caller = asked()[served["parentSpanId"]]
            self.assertEqual(caller["service"], "payment")
            self.assertLessEqual(int(served["endTimeUnixNano"]) - int(served["startTimeUnixNano"]),
                                 int(caller["endTimeUnixNano"]) - int(caller["startTimeUnixNano"]))
        for span in self.collector.spans:
            self.assertTrue(re.fullmatch(r"[0-9a-f]{16}", span["spanId"]))
            self.assertLess(abs(int(span["endTimeUnixNano"]) / 1e9 - time.time()), 300)

    def test_the_command_shows_the_tree_of_an_order_through_all_services(self):
        trace = "e" * 32
        with self.shop.link() as link:
            link.greet()
            link.call("order.place", order("followed"), time_left_ms=10000,
                      trace=f"00-{trace}-{CALLER}-01")
        steps = [r"\S+ -> order-\S+  order\.place  ", r"payment-\S+ applies order\.placed",
                 r"payment-\S+ -> order-\S+  order\.get  .*\(served in ",
                 r"payment-\S+ -> gateway-\S+  gateway\.charge  .*\(served in ",
                 r"order-\S+ applies payment\.captured", r"order-\S+ told order\.settled #",
                 r"payment-\S+ told payment\.captured #", r"order-\S+ told order\.placed #"]
        found = []
        out = ""

        def all_are_there():
            nonlocal out, found
            done = run([os.path.join(BIN, "kith"), "trace", trace, *self.shop.flags()])
            out = done.stdout + done.stderr
            found = [re.search(rf"(?m)^ *\+[0-9.]+ ms( +){step}", out) for step in steps]
            return done.returncode == 0 and all(found)

        self.wait(all_are_there, "not all of an order's steps are in the tree")
        place, *below = found
        self.assertGreater(min(len(one.group(1)) for one in below), len(place.group(1)), out)
        applied, asked, charged, _, _, captured, _ = (len(one.group(1)) for one in below)
        self.assertGreater(min(asked, charged, captured), applied, out)
        happened = [one.start() for one in found[:-2]]  # whoever reads a log is not told first
        self.assertEqual(happened, sorted(happened), out)
        # Who applies an event is below the work that wrote it down, as who hears of it at once is.
        steps = steps_of(self.shop, trace)
        for (kind, name), above in ((("event", "order.placed"), ("call", "order.place")),
                                    (("applied", "order.placed"), ("call", "order.place")),
                                    (("call", "gateway.charge"), ("applied", "order.placed")),
                                    (("event", "payment.captured"), ("applied", "order.placed")),
                                    (("applied", "payment.captured"), ("applied", "order.placed")),
                                    (("event", "order.settled"), ("applied", "payment.captured"))):
            self.assertEqual(steps[kind, name]["parent"], steps[above]["span"], (kind, name))

    def test_what_is_not_sampled_is_not_told(self):
        quiet = "a" * 32
        with self.shop.link() as link:
            link.greet()
            link.call("order.list", {}, time_left_ms=10000, trace=f"00-{quiet}-{CALLER}-00")
            link.call("order.list", {}, time_left_ms=10000, trace=f"00-{'b' * 32}-{CALLER}-01")
        self.wait(lambda: any(span["traceId"] == "b" * 32 for span in self.collector.spans),
                  "the second call was not told")
        self.assertFalse([span for span in self.collector.spans if span["traceId"] == quiet])

    def test_a_failed_span_says_how(self):
        with self.shop.link() as link:
            link.greet()
            with self.assertRaises(Exception):
                link.call("order.get", {"id": "none"}, time_left_ms=10000,
                          trace=f"00-{'c' * 32}-{CALLER}-01")
        self.wait(lambda: [span for span in self.collector.spans if span["traceId"] == "c" * 32],
                  "it was not told")
        span, = [span for span in self.collector.spans if span["traceId"] == "c" * 32]
        self.assertEqual(span["status"], {"code": 2, "message": "not_found"})

    def test_a_collector_that_is_away_is_counted_and_nothing_else(self):
        gateway = self.shop.beacons.find(DOMAIN, "gateway")
        with self.shop.link(gateway) as link:
            link.greet()
            for _ in range(10):
                link.call("gateway.list", {}, time_left_ms=5000,
                          trace=f"00-{'d' * 32}-{CALLER}-01")
            self.wait(lambda: link.call("kith.status", {})["spans"]["not_taken"] == 10,
                      "the spans were not given up")


class LogLines(unittest.TestCase):
    """What is logged at work for a trace names it: as JSON, and for people."""

    def setUp(self):
        self.shop = Shop()
        self.addCleanup(self.shop.end)
        self.trace = os.urandom(16).hex()

    def call(self, service, method, body):
        with self.shop.link(self.shop.beacons.find(DOMAIN, service)) as link:
            link.greet()
            return link.call(method, body, time_left_ms=10000, trace=f"00-{self.trace}-{CALLER}-01")

    def objects(self, process, words):
        """The lines of a log in JSON that have these words."""
        lines = [json.loads(line) for line in process.log().splitlines(keepends=True)
                 if line.startswith("{") and line.endswith("\n")]
        return [line for line in lines if words in line["message"]]

    def wait_for_object(self, process, words):
        return wait_until(lambda: self.objects(process, words),
                          lambda: f"{words}:\n{self.shop.logs()}", 30)[0]

    def place(self, *flags):
        """An order that is paid, with the services and the steps of its trace."""
        services = [self.shop.start(name, "--log-level", "debug", *flags) for name in ("order", "payment")]
        self.shop.beacons.find(DOMAIN, "payment")
        placed = self.call("order", "order.place", order("logged"))
        paid = ("applied", "payment.captured")
        return placed["id"], services, wait_until(
            lambda: (found := steps_of(self.shop, self.trace)).get(paid) and found, self.shop.logs, 30)

    def test_of_an_order_in_json(self):
        number, (order_log, payment_log), steps = self.place("--log-json")
        placed = self.wait_for_object(order_log, f"order {number}: placed")
        self.assertEqual(placed["trace_id"], self.trace)
        charged = self.wait_for_object(payment_log, f"order {number}: the card gateway has answered")
        self.assertEqual((charged["trace_id"], charged["span_id"]),
                         (self.trace, steps["applied", "order.placed"]["span"]))
        for log in (order_log, payment_log):
            self.assertNotIn("trace_id", self.objects(log, "listens at")[0])

    def test_of_an_order_for_people(self):
        number, (order_log, payment_log), _ = self.place()
        order_log.wait_for(rf"order {number}: placed \[trace {self.trace}\]")
        payment_log.wait_for(rf"order {number}: the card gateway has answered \[trace {self.trace}\]")
        self.assertNotRegex(order_log.log(), r"listens at .*\[trace")

    def test_of_a_call_that_fails_and_of_what_it_was_made_for(self):
        self.shop.start("order")
        payment = self.shop.start("payment", "--log-json", "--gateway", "service")  # which is not there
        self.shop.beacons.find(DOMAIN, "payment")
        self.call("order", "order.place", order("unpaid"))
        for words in ("gateway.charge", "not settled yet"):
            self.assertEqual(self.wait_for_object(payment, words).get("trace_id"), self.trace, words)

    def test_of_an_event_that_cannot_be_applied(self):
        self.shop.start_post("post", "post")
        desk = self.shop.start_post("desk", "desk", "--log-json")
        self.shop.beacons.find(DOMAIN, "desk")
        self.call("post", "post.send", {"text": "torn", "number": 7})
        line = self.wait_for_object(desk, "cannot be applied")
        self.assertEqual(line.get("trace_id"), self.trace)


if __name__ == "__main__":
    unittest.main()
