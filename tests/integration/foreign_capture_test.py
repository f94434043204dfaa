#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""`kith decode` against what tcpdump, and dumpcap where it is installed, captured of a real service: octet by
octet what its peer sent and got. For who may look at the loopback interface."""

import json
import os
import re
import shutil
import signal
import unittest

from kith1 import Link
from shop import BIN, DOMAIN, Shop, order
from processes import Process, free_port, run, wait_until

OK, WOULD_NOT = 0, 1
PCAP, PCAPNG = bytes.fromhex("d4c3b2a1"), bytes.fromhex("0a0d0d0a")
ETHERNET, COOKED = 1, 276  # kinds of links, by what is before the IP packet
ENDED = re.compile("connection (closed|reset)")


class Heard:
    """A socket, and the packets that went by."""

    def __init__(self, socket):
        self.socket, self.sent, self.got = socket, [], []

    def __getattr__(self, name):
        return getattr(self.socket, name)

    def send_multipart(self, frames):
        self.sent.append(b"".join(frames))
        self.socket.send_multipart(frames)

    def recv_multipart(self):
        frames = self.socket.recv_multipart()
        self.got.append(b"".join(frames))
        return frames


class Capture:
    """A tool that writes to its standard output what it sees; it looks already."""

    def __init__(self, shop, name, command):
        self.path, self.log = shop.path(f"{name}.capture"), shop.path(f"{name}.said")
        with open(self.path, "wb") as octets, open(self.log, "wb") as said:
            self.process = Process(command, stdout=octets, stderr=said)
        wait_until(lambda: re.search(r"listening on|File: -", self.said()), self.said)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def octets(self):
        with open(self.path, "rb") as file:
            return file.read()

    def decode(self, *args):
        done = run([os.path.join(BIN, "kith"), "decode", self.path, *args])
        return done.returncode, done.stdout, done.stderr


class ForeignCaptures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        cls.addClassCleanup(cls.shop.end)
        cls.port = str(free_port())
        filters = f"tcp port {cls.port} or (udp and port {cls.shop.port})"
        # Whatever else the machine does, all of it has room until it is written.
        tcpdump = ["tcpdump", "-B", "16384", "-U", "-w", "-", filters]
        tools = {"loopback": [*tcpdump, "-i", "lo"], "any": [*tcpdump, "-i", "any"],
                 "short": [*tcpdump, "-i", "lo", "-s", "200"]}
        if shutil.which("dumpcap"):
            tools["dumpcap"] = ["dumpcap", "-q", "-B", "16", "-i", "lo", "-f", filters, "-w", "-"]
        cls.captures = {}
        try:
            for name, command in tools.items():
                cls.captures[name] = Capture(cls.shop, name, command)
            cls.talk()
            for one in cls.captures.values():  # the last packets may be on their way
                wait_until(lambda one=one: ENDED.search(one.decode("--summary")[1]), one.said)
        finally:
            for one in cls.captures.values():
                one.process.send_signal(signal.SIGINT)
                one.process.wait_at_most(20)

    @classmethod
    def talk(cls):
        """One connection, all of it."""
        cls.shop.start("order", "--ipc", "false", "--listen", f"tcp://127.0.0.1:{cls.port}")
        inbox = cls.shop.beacons.find(DOMAIN, "order").inbox
        with Link(cls.shop.context, inbox, DOMAIN) as link:
            cls.socket = link.socket = Heard(link.socket)
            link.greet()
            line = {**order("")["lines"][0], "description": "x" * 900}
            for key, lines in ("small", 1), ("of many segments", 150):
                link.call("order.place", order(key, lines=[line] * lines), time_left_ms=20000)
            link.call("order.list", {})

    def expect_whole(self, name, magic, kind=None):
        """What each side said, as its own end knows it."""
        capture = self.captures[name]
        head = capture.octets()[:24]
        self.assertEqual(head[:4], magic)
        if kind is not None:
            self.assertEqual(int.from_bytes(head[20:], "little"), kind)
        status, out, error = capture.decode("--json", "--port", self.port)
        self.assertEqual(status, OK, error)
        self.assertIn(" 1 connections, ", error)
        self.assertNotRegex(error, "missing|no good|cut|not known", "but repeated is what TCP may do")
        parts = [json.loads(line) for line in out.splitlines()]
        said = {"client": [], "server": []}
        for part in (one for one in parts if one["kind"] == "message"):
            who = "client" if part["to"] == f"127.0.0.1:{self.port}" else "server"
            # Behind flags and length.
            said[who].append(bytes.fromhex("".join(one["hex"] for one in part["octets"][2:])))
        self.assertEqual(said["client"], self.socket.sent)
        got = self.socket.got
        self.assertEqual(said["server"][:len(got)], got)
        self.assertGreater(max(len(one) for one in got), 65536, "more than a segment of this interface")
        for kind in "greeting", "command":
            self.assertEqual(sum(part["kind"] == kind for part in parts), 2)
        self.assertRegex(parts[-1]["text"], ENDED)

    def test_tcpdump_on_the_loopback_interface(self):
        self.expect_whole("loopback", PCAP, ETHERNET)

    def test_tcpdump_on_any_interface(self):
        self.expect_whole("any", PCAP, COOKED)

    @unittest.skipUnless(shutil.which("dumpcap"), "dumpcap is not installed")
    def test_dumpcap_writes_pcapng(self):
        self.expect_whole("dumpcap", PCAPNG)

    def test_beacons_are_in_it(self):
        status, out, error = self.captures["loopback"].decode("--summary")
        self.assertEqual(status, OK, error)
        self.assertRegex(out, rf"@0: beacon of order-\w+, domain {DOMAIN}\n")

    def test_what_was_cut_is_missed(self):
        status, out, error = self.captures["short"].decode("--summary")
        self.assertEqual(status, WOULD_NOT, error)
        self.assertIn("octets are missing in the capture", out)
        self.assertRegex(error, r", \d+ octets missing")


if __name__ == "__main__":
    unittest.main(verbosity=2)
