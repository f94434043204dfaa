# SPDX-License-Identifier: MPL-2.0
"""What the tests of the command `kith` share: a real service, and how the command is run."""

import json
import os
import subprocess
import time
import unittest

import zmq

import kith1
from shop import BIN, DOMAIN, Shop, order
from processes import SLOWER, Process, run

OK, ANSWERED, USAGE, NOBODY, NOT_DONE, UNKNOWN, CANNOT_RUN, TOO_FEW, INTERRUPTED = (
    0, 1, 2, 3, 4, 5, 6, 7, 130)
UNBALANCED = REFUSED = DIFFERS = 1


class ToolCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        cls.order = cls.shop.start("order")
        cls.beacon = cls.shop.beacons.find(DOMAIN, "order")

    @classmethod
    def tearDownClass(cls):
        cls.shop.end()

    def command(self, *args):
        return [os.path.join(BIN, "kith"), *args]

    def environment(self, **changes):
        return {**os.environ, "KITH_DOMAIN": DOMAIN, "KITH_BEACON_PORT": str(self.shop.port),
                **changes}

    def kith(self, status, *args, stdin="", **environment):
        """Standard output and standard error of a command that ends with that status."""
        done = run(self.command(*args), input=stdin, env=self.environment(**environment))
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done.stdout, done.stderr

    def start(self, *args, **environment):
        return Process(self.command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       env=self.environment(**environment))

    def place(self, key):
        out, _ = self.kith(OK, "call", "order", "order.place", "-", "--json", "--deadline", "5000",
                           stdin=json.dumps(order(key)))
        return json.loads(out)

    def serve_alone(self, caller, service, replies, reaction="silence"):
        """A service that knows these replies only, for as long as the caller runs."""
        inbox = self.shop.context.socket(zmq.ROUTER)
        inbox.setsockopt(zmq.LINGER, 0)
        address = f"tcp://127.0.0.1:{inbox.bind_to_random_port('tcp://127.0.0.1')}"
        me = kith1.random_id()
        methods = [[name, 1] for name in (f"{service}.ask", *replies) if not name.startswith("kith.")]
        myself = kith1.description(DOMAIN, me, service=service, instance=f"{service}-1",
                                   inbox=address, methods=methods)
        beacon = kith1.Beacon.encode(me, 1, 0, DOMAIN, service, f"{service}-1", address)
        end = time.monotonic() + 10 * SLOWER
        while caller.poll() is None and not inbox.closed and time.monotonic() < end:
            self.shop.beacons.send(beacon)
            if not inbox.poll(100):
                continue
            sender, packet = inbox.recv_multipart()[:2]
            for envelope in kith1.envelopes_of(packet):
                if envelope[0] == kith1.HELLO:
                    answer = [kith1.WELCOME, 1, myself, b"", b""]
                    inbox.send_multipart([sender, kith1.pack(answer)])
                elif envelope[0] == kith1.PING:
                    inbox.send_multipart([sender, kith1.pack([kith1.PONG, envelope[1], 0])])
                elif envelope[0] == kith1.REQUEST and envelope[4] in replies:
                    answer = [kith1.REPLY, envelope[1], kith1.pack(replies[envelope[4]])]
                    inbox.send_multipart([sender, kith1.pack(answer)])
                elif (envelope[0] == kith1.REQUEST and "mute.ask" in envelope
                      and reaction == "hanging up"):  # not at the gossip that may come before
                    inbox.close(0)
                    return
        inbox.close(0)
