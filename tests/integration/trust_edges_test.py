#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""What stands at the edge of a domain of certificates: somebody under another's name, readers of the
pages, and certificates that end soon."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import threading
import time
import unittest
import urllib.error
import urllib.request

import zmq

import kith1
from shop import BIN
from processes import SLOWER, free_port, free_udp_port, run
from trust_rig import ANSWERED, NOBODY, OK, TrustCase, octets_of, z85_of

TOKEN = "a-token-for-who-may-read"
DAY_US = 86_400_000_000


class Rogue(threading.Thread):
    """Has good keys and a certificate that gives everything, and says that it is some service: greets
    whoever dials, and keeps what it is asked."""

    def __init__(self, domain, keys, service):
        super().__init__(daemon=True)
        self.domain, self.service = domain, service
        self.hellos, self.requests = [], []
        self.over = threading.Event()
        self.context = zmq.Context()
        self.inbox = self.context.socket(zmq.ROUTER)
        self.inbox.setsockopt(zmq.LINGER, 0)
        secret = z85_of(octets_of(keys)[1:33]).encode()
        self.inbox.curve_secretkey, self.inbox.curve_publickey = secret, zmq.curve_public(secret)
        self.inbox.curve_server = True
        self.address = f"127.0.0.1:{self.inbox.bind_to_random_port('tcp://127.0.0.1')}"
        self.start()

    def run(self):
        # As docs/protocol.md has it: an id of that service.
        mark = hashlib.sha256(b"kith node id\0" + self.service.encode()).digest()[:6]
        me = kith1.description(self.domain, os.urandom(10) + mark, service=self.service, instance=f"{self.service}-1",
                               inbox=f"tcp://{self.address}", methods=[[f"{self.service}.get", 1]])
        while not self.over.is_set():
            if not self.inbox.poll(50):
                continue
            sender, packet = self.inbox.recv_multipart()[:2]
            for envelope in kith1.envelopes_of(packet):
                answer = None
                if envelope[0] == kith1.HELLO:
                    self.hellos.append(envelope)
                    answer = [kith1.WELCOME, 1, me, b"", b""]
                elif envelope[0] == kith1.PING:
                    answer = [kith1.PONG, envelope[1], 0]
                elif envelope[0] == kith1.REQUEST:
                    self.requests.append(envelope[4])
                if answer:
                    self.inbox.send_multipart([sender, kith1.pack(answer)])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.context.destroy(0)


class RoguePayment(TrustCase):
    rights = {**TrustCase.rights, "rogue": ("--provides", "*", "--publishes", "*", "--calls", "*")}

    def test_clients_send_it_no_request(self):
        keys = os.path.join(self.root, "rogue.keys")

        def call(service, seed, port, patience):
            done = run(
                [os.path.join(BIN, "kith"), "call", service, f"{service}.get", '{"order_id": "none"}',
                 "--domain", self.domain, "--beacon-port", port, "--seed", seed, "--timeout",
                 str(patience), "--trust", os.path.join(self.home, "operator")],
                60, env=self.environment())
            return done.returncode, done.stdout + done.stderr

        alone = str(free_udp_port())
        # Under its own name it is called: it can be reached, and its keys are good.
        with Rogue(self.domain, keys, "rogue") as honest:
            end = time.monotonic() + 30 * SLOWER
            while not honest.requests and time.monotonic() < end:
                call("rogue", honest.address, alone, 5)
            self.assertTrue(honest.requests, self.logs())
        with Rogue(self.domain, keys, "payment") as rogue:
            end = time.monotonic() + 30 * SLOWER
            while not rogue.hellos and time.monotonic() < end:
                status, said = call("payment", rogue.address, alone, 5)
                self.assertEqual(status, NOBODY, said)
            self.assertTrue(rogue.hellos, "it was not reached")
            # Where the real one is, that one answers, each time.
            for _ in range(5):
                status, said = call("payment", rogue.address, self.port, 10)
                self.assertEqual(status, ANSWERED, said)
                self.assertIn("not_found", said)
            self.assertTrue(rogue.is_alive(), "it would not have kept them")
            self.assertEqual(rogue.requests, [])


class EndsSoon(TrustCase):
    """Of certificates for two days: the log, the pages and `kith ls`."""

    rights = {name: (*TrustCase.rights[name], "--days", "2") for name in ("order", "operator")}
    services_to_start = ()

    @staticmethod
    def get(url, **fields):
        request = urllib.request.Request(url, headers=fields)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, ""

    def test_it_is_told_in_the_log_on_the_pages_and_by_ls(self):
        refused = self.start("order", "--admin", "127.0.0.1:0")
        self.assertEqual(refused.wait(20 * SLOWER), 2, self.logs())
        path = os.path.join(self.home, "order", "admin.token")
        self.assertIn(f"head -c 24 /dev/urandom | base64 > '{path}'", self.logs())
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(TOKEN + "\n")
        service = self.start("order", "--admin", f"127.0.0.1:{free_port()}")
        try:
            self.eventually(lambda: "ends within 3 days" in self.logs())
            self.assertIn("kith trust renew makes the next one", self.logs())
            out, _ = self.kith(OK, "call", "order", "kith.status", "--json")
            status = json.loads(out)
            self.assertEqual(status["certificate_warning_days"], 3)
            self.pages_ask_for_the_token(status["admin"])
            self.eventually(lambda: "order" in self.kith(OK, "ls")[0])
            out, error = self.kith(OK, "ls")
            self.assertRegex(out + error, r"order\S*: its certificate ends within 3 days: "
                                          r"kith trust renew order\.cert")
            self.assertNotIn(TOKEN, self.logs())
            self.assertEqual(self.audit(), [])
        finally:
            self.assertEqual(service.end(20), 0, self.logs())

    def pages_ask_for_the_token(self, url):
        for path in "/metrics", "/status", "/":
            for fields in {}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}:
                status, headers, _ = self.get(url + path, **fields)
                self.assertEqual((status, headers["WWW-Authenticate"]), (401, 'Bearer realm="kith"'))
        for path in "/healthz", "/readyz":
            self.assertEqual(self.get(url + path)[0], 200)
        status, _, text = self.get(url + "/metrics", Authorization=f"Bearer {TOKEN}")
        self.assertEqual(status, 200)
        values = {re.split("[{ ]", line)[0]: float(line.rsplit(" ", 1)[1])
                  for line in text.splitlines() if line.startswith("kith_certificate_")}
        self.assertEqual(values["kith_certificate_warning_seconds"], 3 * 86400)
        left_us = values["kith_certificate_expiry_timestamp_seconds"] * 1e6 - time.time() * 1e6
        self.assertTrue(DAY_US < left_us <= 2 * DAY_US, left_us)
        if shutil.which("promtool") and importlib.util.find_spec("prometheus_client"):
            from metrics_rig import Pages
            self.assertLessEqual({"kith_certificate_expiry_timestamp_seconds", "kith_certificate_warning_seconds"},
                                 Pages(url, TOKEN).expect_good(self))


if __name__ == "__main__":
    unittest.main()
