#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""A host with cards in two networks, and nodes on both sides of it.

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made."""

import os
import unittest

from netns_lab import FOUND_S, HEALED_S, NOTICED_S, Lab, alive, suspect


class TwoCards(unittest.TestCase):
    """A host in two networks, between hosts that have one each and no way to each other."""

    def setUp(self):
        self.lab = Lab((0,), (0, 1), (1,))
        self.addCleanup(self.lab.close)
        self.addCleanup(self.lab.expect_balance)
        self.left, self.middle, self.right = self.lab.hosts

    def start_all(self, listen="tcp://0.0.0.0:*"):
        self.both = self.middle.start("both", listen=listen)
        self.nodes = [self.left.start("left", listen=listen),
                      self.right.start("right", listen=listen)]
        self.meet()

    def meet(self):
        for node in self.nodes:
            self.both.wait_for(alive(node.instance), FOUND_S)
            node.wait_for(alive("both"), FOUND_S)

    def call(self, host, instance):
        host.kith("call", "echo", "echo.say", '{"text": "hello"}', "--instance", instance,
                  "--insecure-lan", "--timeout", "15", "--deadline", "5000")

    def call_all(self):
        for host, instance in ((self.middle, "left"), (self.middle, "right"),
                               (self.left, "both"), (self.right, "both")):
            self.call(host, instance)

    def test_its_beacons_go_out_on_each_card_and_others_are_heard_on_each(self):
        # One of both is enough to meet: so one at a time.
        for deaf in (self.middle,), (self.left, self.right):
            with self.subTest([host.addresses for host in deaf]):
                self.lab.multicast(True)
                self.lab.multicast(False, deaf)
                self.start_all()
                self.lab.multicast(True)
                self.lab.expect_balance()
                for node in (self.both, *self.nodes):
                    node.end()

    def test_it_finds_who_is_on_each_and_they_it(self):
        self.start_all()
        for card in ("eth0", "eth1"):
            self.assertIn(f"beacon: {card}: 239.255.75.84:7584", self.both.log())
        self.call_all()
        # By gossip they know of each other, and no link can be made.
        self.assertNotRegex(self.nodes[0].log(), alive("right"))
        self.assertNotRegex(self.nodes[1].log(), alive("left"))

    def test_a_card_that_goes_down_costs_who_is_behind_it_and_nobody_else(self):
        self.start_all()
        for card, lost, kept, behind in (("eth1", "right", "left", self.left),
                                         ("eth0", "left", "right", self.right)):
            with self.subTest(card):
                mark = self.both.mark()
                self.middle.ip(f"link set {card} down")
                self.both.wait_for(suspect(lost), NOTICED_S, mark)
                late = behind.start(f"late-{kept}", listen="tcp://0.0.0.0:*")
                self.both.wait_for(alive(late.instance), FOUND_S)  # beacons still go out
                late.wait_for(alive("both"), FOUND_S)
                self.call(self.middle, kept)
                self.call(behind, "both")
                self.assertNotRegex(self.both.log()[mark:], suspect(kept))
                mark = self.both.mark()
                self.middle.ip(f"link set {card} up")
                self.both.wait_for(alive(lost), HEALED_S, mark)
        self.call_all()

    def test_a_card_that_is_down_at_the_start_joins_later(self):
        self.middle.ip("link set eth1 down")
        self.both = self.middle.start("both", listen="tcp://0.0.0.0:*")
        left, right = self.left.start("left"), self.right.start("right")
        self.both.wait_for(alive("left"), FOUND_S)
        left.wait_for(alive("both"), FOUND_S)
        right.inbox()
        self.assertNotIn("eth1", self.both.log())
        self.middle.ip("link set eth1 up")
        self.both.wait_for(alive("right"), HEALED_S)
        self.assertIn("beacons on eth1: 239.255.75.84:7584 too", self.both.log())
        self.call_all()

    def test_one_network_has_only_ipv6_and_the_other_one_only_ipv4(self):
        for host, card in ((self.middle, "eth1"), (self.right, "eth0")):
            host.wait_for_ipv6(card)
            host.ip(f"-4 address flush dev {card}")
        for host in (self.left, self.middle):
            host.ip("link set eth0 addrgenmode none")
            host.ip("-6 address flush dev eth0")
        self.start_all("tcp://[::]:*")
        for said in ("eth0: 239.255.75.84:7584", "eth0: IPv6: it has no address",
                     "eth1: [ff02::4b54]:7584", "lo: IPv6: no IPv6 multicast"):
            self.assertIn(f"beacon: {said}", self.both.log())
        self.assertNotIn("eth1: 239", self.both.log())
        self.call_all()


if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
