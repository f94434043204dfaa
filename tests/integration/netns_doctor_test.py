#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""What `kith doctor` says on a host of a network (netns_lab.py).

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made."""

import json
import os
import sys
import tempfile
import unittest

import kith1
from netns_lab import NOWHERE, SEED_PORT, DiagnosisCase, Process
from processes import BIN

BEACON_S = "1.7"  # in which every node is heard


class Doctor(DiagnosisCase):
    """`kith doctor` on a host of two names the fault that keeps their nodes apart."""

    def say_that_it_listens_on_loopback(self, instance):
        """A beacon of the other host, ten times a second for some seconds; no node of ours sends it."""
        beacon = kith1.Beacon.encode(kith1.random_id(), 1, 0, "kith", "echo", instance,
                                     "tcp://127.0.0.1:5555")
        send = (f"import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
                f"s.setsockopt(0, socket.IP_MULTICAST_IF, socket.inet_aton('{self.right.address}'))\n"
                f"for _ in range(50): s.sendto({beacon!r}, ('239.255.75.84', 7584)); time.sleep(0.1)")
        sender = Process(self.right.command(sys.executable, "-c", send))
        self.addCleanup(sender.wait)
        self.addCleanup(sender.kill)

    def test_each_fault_is_named(self):
        there = self.right.start("there", listen=f"tcp://{self.right.address}:{SEED_PORT}")
        there.inbox()
        well = self.diagnose(wait=BEACON_S)
        self.assertIn(("good", "welcomed", "there"), well)
        self.assertIn(("good", "multicast", "eth0"), well)
        self.assertFalse([one for one in well if one[0] == "error"], well)

        self.assertIn(("error", "other_domain", "kith"),
                      self.diagnose("--domain", "plant", wait=BEACON_S))

        wrong = f"neighbour replace {self.right.address} lladdr {NOWHERE} nud permanent dev eth0"
        self.left.ip(wrong)
        self.assertIn(("error", "no_answer", "there"), self.diagnose(wait=BEACON_S))
        self.left.ip(f"neighbour del {self.right.address} dev eth0")

        self.lab.multicast(False)
        found = self.diagnose(f"{self.right.address}:{SEED_PORT}", wait=BEACON_S)
        self.assertIn(("warning", "nobody_heard", ""), found)
        self.assertIn(("good", "welcomed", ""), found)
        self.lab.multicast(True)

        self.lab.expect_balance()
        there.crash()
        self.assertIn(("error", "port_closed", ""),
                      self.diagnose(f"{self.right.address}:{SEED_PORT}"))
        self.say_that_it_listens_on_loopback("shy")
        self.assertIn(("error", "listens_on_loopback", "shy"), self.diagnose(wait=BEACON_S))
        for setting, well, ill, code, subject in (
                ("net.ipv4.igmp_max_memberships", 20, 0, "cannot_join", "eth0"),
                ("net.core.somaxconn", 4096, 16, "short_backlog", "net.core.somaxconn")):
            self.left.run("sysctl", "-q", "-w", f"{setting}={ill}")
            self.assertIn((code, subject), {one[1:] for one in self.diagnose()})
            self.left.run("sysctl", "-q", "-w", f"{setting}={well}")
        self.left.ip("link set eth0 multicast off")
        self.assertIn(("warning", "no_multicast_flag", "eth0"), self.diagnose())
        self.left.ip("link set eth0 multicast on")
        self.left.ip("link set lo down")
        self.assertIn(("error", "interface_down", "lo"), self.diagnose())
        self.left.ip("link set lo up")
        with tempfile.NamedTemporaryFile("w", suffix=".rmem_max") as little:
            little.write("4096\n")
            little.flush()
            told = self.left.run(
                "unshare", "--mount", "sh", "-c",
                f"mount --bind {little.name} /proc/sys/net/core/rmem_max && "
                f"{os.path.join(BIN, 'kith')} doctor --insecure-lan --json --for 0.4; true")
            self.assertIn("small_buffer", {one["code"] for one in json.loads(told)["findings"]})
        self.left.ip("address flush dev eth0")
        self.left.run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1")
        self.assertIn(("warning", "no_address", "eth0"), self.diagnose())
        self.left.ip("link set eth0 down")
        found = self.diagnose()
        self.assertIn(("warning", "interface_down", "eth0"), found)
        self.assertIn(("error", "no_interface", ""), found)


if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
