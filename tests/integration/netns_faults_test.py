#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Nodes on two hosts, and what fails between them: each fault is noticed in time, and healed in
time after it is gone.

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made."""

import os
import sys
import time
import unittest

from netns_lab import HEALED_S, NOTICED_S, NOWHERE, HostsCase, alive, suspect


class Faults(HostsCase):
    def check_fault(self, one, two, begin, end, both=True):
        marks = one.mark(), two.mark()
        begin()
        noticed = one.wait_for(suspect("two"), NOTICED_S, marks[0])
        if both:
            two.wait_for(suspect("one"), NOTICED_S, marks[1])
        time.sleep(3)  # beyond the point where it is given up for dead
        marks = one.mark(), two.mark()
        end()
        healed = one.wait_for(alive("two"), HEALED_S, marks[0])
        self.call(self.left, "two")
        self.call(self.right, "one")
        print(f"noticed after {noticed:.2f} s, healed after {healed:.2f} s", file=sys.stderr)

    def test_a_silent_loss_in_one_direction(self):
        one, two = self.pair()
        wrong = f"neighbour replace {self.right.address} lladdr {NOWHERE} nud permanent dev eth0"
        self.check_fault(one, two, lambda: self.left.ip(wrong),
                         lambda: self.left.ip(f"neighbour del {self.right.address} dev eth0"))

    def test_a_card_that_is_down(self):
        one, two = self.pair()
        self.check_fault(one, two, lambda: self.left.ip("link set eth0 down"),
                         lambda: self.left.ip("link set eth0 up"))

    def test_a_route_into_a_black_hole(self):
        one, two = self.pair()
        hole = f"blackhole {self.right.address}/32"
        self.check_fault(one, two, lambda: self.left.ip(f"route add {hole}"),
                         lambda: self.left.ip(f"route del {hole}"))

    def test_a_card_that_comes_up_after_the_node(self):
        self.left.ip("link set eth0 down")
        one = self.left.start("one", listen="tcp://0.0.0.0:*")
        two = self.right.start("two")
        one.inbox()
        two.inbox()
        self.left.ip("link set eth0 up")
        one.wait_for(alive("two"), HEALED_S)
        two.wait_for(alive("one"), HEALED_S)


if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
