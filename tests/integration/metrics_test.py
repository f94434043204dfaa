#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The pages of real nodes, as Prometheus, its tools and the Python client read them."""

import json
import os
import re
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from kith1 import pack
from metrics_rig import OPEN_METRICS, RARE, Pages, promtool
from shop import BIN, DOMAIN, Shop
from processes import SLOWER, Process, free_port, run, wait_until

# Together they have all that sockets count.
OF_SOCKETS = [f"kith_{name}_total" for name in (
    "datagrams", "datagrams_dropped", "connections_accepted", "connections_refused", "connections_cut",
    "packets_refused", "packets_unsent", "subscriptions_refused", "outlets_recreated", "sockets_forgotten")]
PACKAGING = os.path.join(os.environ.get("KITH_SOURCE_DIR", "."), "packaging")


def dashboard_queries():
    """As Grafana sends them for all jobs and instances."""
    with open(os.path.join(PACKAGING, "grafana", "kith.json")) as file:
        dashboard = json.load(file)
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    for name, value in (("$__rate_interval", "1m"), ("$job", ".*"), ("$instance", ".*")):
        asked = [text.replace(name, value) for text in asked]
    assert len(asked) > 20 and not [text for text in asked if "$" in text], asked
    return asked


class Node(Pages):
    """A service with pages."""

    def __init__(self, shop, name, admin="127.0.0.1:0", role=None, flags=()):
        self.process = shop.start_post(role or name, name, "--admin", admin, *flags)
        super().__init__(None)

    def find_url(self):
        self.url = self.process.wait_for(r"pages at (http://\S+)").group(1)


class PagesCase(unittest.TestCase):
    def wait(self, done, what, limit_s=20):
        wait_until(done, lambda: f"{what}\n{self.shop.logs()}", limit_s)


class Metrics(PagesCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        cls.nodes = [Node(cls.shop, name) for name in ("post", "desk")]
        cls.post, cls.desk = cls.nodes
        for node in cls.nodes:
            node.find_url()
        cls.shop.order = cls.shop.beacons.find(DOMAIN, "post")
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.shop.end()

    def send(self, link, text="well"):
        Metrics.number += 1
        return link.call("post.send", {"text": text, "number": self.number}, time_left_ms=10000)

    def test_all_who_read_metrics_accept_these_under_load_and_faults(self):
        stop = threading.Event()

        def load():
            with self.shop.link() as link:
                link.greet()
                while not stop.is_set():
                    self.send(link)

        worker = threading.Thread(target=load)
        worker.start()
        try:
            for turn in range(4):
                # A peer that stands still, and goes on.
                self.desk.process.send_signal(signal.SIGSTOP if turn == 1 else signal.SIGCONT)
                self.post.expect_good(self)
        finally:
            self.desk.process.send_signal(signal.SIGCONT)
            stop.set()
            worker.join(20)
        self.desk.expect_good(self)

    def test_all_who_read_metrics_accept_hostile_names(self):
        hostile = os.path.join(BIN, "..", "tests", "hostile_metrics")
        plain, exact = (run([hostile, form], check=True, text=False).stdout.decode()
                        for form in ("text", "open"))
        checked = promtool("check", "metrics", stdin=plain)
        self.assertEqual(checked.returncode, 0, checked.stderr + checked.stdout)
        for families in (plain_text(plain), open_metrics(exact)):
            called = {sample.labels["method"]: sample.value for family in families
                      for sample in family.samples if sample.name == "kith_calls_total"}
            self.assertEqual(sorted(called.values()), list(range(1, len(called) + 1)))
            self.assertIn('a"} 1\nkith_calls_total{x="\\', called)
        self.assertGreater(len(called), 5)

    def test_what_happens_is_counted(self):
        labels = {"direction": "inbound", "method": "post.send"}
        time.sleep(0.25)  # what was told just now is told again for so long
        before = self.post.value("kith_calls_total", **labels)
        applied = self.desk.value("kith_inbox_applied_total", of="post")
        with self.shop.link() as link:
            link.greet()
            for _ in range(20):
                self.send(link)
            with self.assertRaises(Exception):
                link.call("post.send", {"text": 7, "number": 1})
        time.sleep(0.25)
        self.assertEqual(self.post.value("kith_calls_total", **labels), before + 21)
        self.assertGreaterEqual(
            self.post.value("kith_call_errors_total", code="bad_payload", **labels), 1)
        took = self.post.value("kith_handler_duration_seconds_count", method="post.send")
        self.assertGreaterEqual(took, 20)
        self.assertGreater(self.post.value("kith_handler_duration_seconds_sum"), 0)
        self.assertGreaterEqual(self.post.value("kith_outbox_events_total"), 40)
        self.wait(lambda: self.desk.value("kith_inbox_applied_total", of="post") >= applied + 20,
                  "the events were not counted")
        self.wait(lambda: self.desk.value("kith_inbox_lag_events") == 0, "the lag has no end")
        self.assertEqual(self.post.value("kith_node_ready"), 1)
        self.assertGreater(self.post.value("process_open_fds"), 3)
        self.assertLess(abs(self.post.value("process_start_time_seconds") - time.time()), 120)

    def test_status_is_json_and_health_is_the_loops(self):
        status = json.loads(self.post.get("/status"))
        self.assertEqual(status["self"]["instance"], "post-1")
        self.assertEqual(status["phase"], "running")
        self.assertEqual(status["admin"], self.post.url)
        samples = self.post.samples()
        self.assertEqual(len(status["transport"]), sum(len(samples[name]) for name in OF_SOCKETS))
        self.assertEqual(self.post.get("/healthz"), "ok\n")
        self.assertEqual(self.post.get("/readyz"), "running\n")

    def test_readers_that_misbehave_cost_nobody_else(self):
        host, port = self.post.url.removeprefix("http://").split(":")
        silent = [socket.create_connection((host, int(port))) for _ in range(60)]
        for one in silent[:20]:
            one.sendall(b"GET /status HT")
        with self.shop.link() as link:
            link.greet()
            begin = time.monotonic()
            for _ in range(10):
                self.send(link)
            self.assertLess(time.monotonic() - begin, 5 * SLOWER)
        for one in silent:
            one.close()
        self.wait(lambda: self.answers("/healthz"), "no place became free")
        self.assertGreater(self.post.value("kith_admin_dropped_total", reason="turned_away"), 0)

    def answers(self, path):
        try:
            return bool(self.post.get(path))
        except (urllib.error.URLError, ConnectionError):
            return False

    def test_a_port_that_is_taken_is_told(self):
        second = Node(self.shop, "second", self.post.url.removeprefix("http://"), "post")
        self.assertEqual(second.process.wait(20 * SLOWER), 1)
        self.shop.processes.remove(second.process)
        said = second.process.log()
        self.assertRegex(said, r"cannot serve pages at 127.0.0.1:\d+: address in use by pid \d+ \(post_service\)")
        self.assertIn("--admin", said)

    def test_a_prometheus_scrapes_them_and_loads_the_alerts(self):
        place = self.shop.directory.name
        port = free_port()
        with open(os.path.join(PACKAGING, "prometheus", "prometheus.yml")) as example:
            settings = example.read()
        targets = json.dumps([node.url.removeprefix("http://") for node in self.nodes])
        settings = re.sub(r"targets: \[.*\]", "targets: " + targets, settings)
        settings = settings.replace("15s", "1s")
        settings = settings.replace("kith.rules.yml",
                                    os.path.join(PACKAGING, "prometheus", "kith.rules.yml"))
        with open(os.path.join(place, "prometheus.yml"), "w") as file:
            file.write(settings)
        server = Process(["prometheus", f"--config.file={place}/prometheus.yml",
                          f"--storage.tsdb.path={place}/prometheus",
                          f"--web.listen-address=127.0.0.1:{port}"], os.path.join(place, "prometheus.txt"))
        try:
            def ask(path):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}",
                                                timeout=5 * SLOWER) as page:
                        return json.load(page)["data"]
                except (urllib.error.URLError, ConnectionError):
                    return {}

            self.wait(lambda: len(ask("query?query=kith_node_info").get("result", [])) == 2,
                      "nothing was scraped")
            self.wait(lambda: any(float(one["value"][1]) > 0 for one in
                                  ask("query?query=sum(kith_calls_total)").get("result", [])),
                      "no call was counted")
            rules = ask("rules")["groups"][0]["rules"]
            self.assertGreater(len(rules), 10)
            self.assertEqual({rule["lastError"] for rule in rules if "lastError" in rule}, set())
            with self.shop.link() as link:
                link.greet()
                for text in dashboard_queries():
                    asked = "query?" + urllib.parse.urlencode({"query": text})
                    rare = any(name in text for name in RARE)

                    def is_answered():
                        self.send(link)
                        told = ask(asked)
                        return (told.get("resultType") in ("vector", "matrix")
                                and (rare or told["result"]))

                    self.wait(is_answered, text)
        finally:
            server.end(20)

    def test_alerts_fire_when_they_should_and_are_explained(self):
        rules = os.path.join(PACKAGING, "prometheus", "kith.rules.yml")
        checked = promtool("check", "rules", rules)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        checked = promtool("test", "rules", rules.replace(".yml", ".test.yml"))
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        with open(os.path.join(PACKAGING, "..", "docs", "operations.md")) as page:
            explained = page.read()
        with open(rules.replace(".yml", ".test.yml")) as file:
            tried = file.read()
        with open(rules) as file:
            names = re.findall(r"alert: (\w+)", file.read())
        self.assertGreaterEqual(len(names), 19)
        for name in names:
            self.assertRegex(explained, rf"(?m)^\| `{name}` \| .{{40,}} \|$")
            # Each fires once, and once it does not.
            asked = re.findall(rf"alertname: {name}\n +exp_alerts:(.*)", tried)
            self.assertLessEqual({"", " []"}, set(asked), name)

    def test_what_dashboard_and_alerts_ask_for_is_there(self):
        there = set()
        for node in self.nodes:
            for family in open_metrics(node.get("/metrics", OPEN_METRICS)):
                there.add(family.name)
                suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
                there.update(family.name + end for end in suffixes.get(family.type, []))
        asked = dashboard_queries()
        with open(os.path.join(PACKAGING, "prometheus", "kith.rules.yml")) as file:
            asked += re.findall(r"(?:kith|process)_\w+", file.read())
        names = {name for text in asked for name in re.findall(r"\b(?:kith|process)_\w+", text)}
        self.assertEqual(names - there - RARE, set())


class Health(PagesCase):
    """What a node says of itself while it cannot work, or will not any more."""

    def setUp(self):
        self.shop = Shop()
        self.addCleanup(self.shop.end)

    def start(self, *flags):
        node = Node(self.shop, "post", flags=flags)
        node.find_url()
        self.shop.order = self.shop.beacons.find(DOMAIN, "post")
        return node

    def state(self, node, path):
        """What a page says, which may be an answer of 503."""
        try:
            return 200, node.get(path)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def begin(self, link, method, ms):
        _, envelope = link.request(method, pack({"text": "", "number": int(ms * SLOWER)}),
                                   time_left_ms=60000)
        link.send(pack(envelope))

    def test_a_loop_that_stands_still_is_not_healthy(self):
        node = self.start()
        with self.shop.link() as link:
            link.greet()
            self.assertEqual(self.state(node, "/healthz"), (200, "ok\n"))
            self.begin(link, "post.stall", 14000)
            self.wait(lambda: self.state(node, "/healthz")[0] == 503, "it is said to be healthy")
            for path in ("/readyz", "/status", "/metrics"):
                self.assertEqual(self.state(node, path)[0], 503, path)
            self.wait(lambda: self.state(node, "/healthz")[0] == 200, "it does not recover", 60)
            self.assertEqual(self.state(node, "/readyz"), (200, "running\n"))

    def test_who_drains_is_healthy_and_not_ready(self):
        node = self.start("--drain-ms", str(int(20000 * SLOWER)))
        Node(self.shop, "desk").find_url()  # whose books are left at the end
        with self.shop.link() as link:
            link.greet()
            self.begin(link, "post.wait", 10000)
            self.wait(lambda: node.value("kith_queue_depth", queue="handlers") > 0, "no call")
            self.assertEqual(self.state(node, "/readyz"), (200, "running\n"))
            node.process.send_signal(signal.SIGTERM)
            self.wait(lambda: self.state(node, "/readyz") == (503, "draining\n"), "it is ready")
            self.assertEqual(self.state(node, "/healthz"), (200, "ok\n"))
            self.wait(lambda: node.value("kith_node_ready") == 0, "its metrics say that it is")
            self.assertEqual(node.process.wait(30 * SLOWER), 0, self.shop.logs())


if __name__ == "__main__":
    unittest.main()
