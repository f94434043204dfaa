#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Nodes on several hosts of a network: by beacons and by seeds; other domains.

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made."""

import json
import os
import time
import unittest

from netns_lab import FOUND_S, NETWORKS, NOTICED_S, SEED_PORT, HostsCase, alive


class TwoHosts(HostsCase):
    def test_they_find_each_other_by_beacon_and_call_both_ways(self):
        one, two = self.pair()
        self.assertIn(self.left.address, one.inbox())
        self.assertIn(self.right.address, two.inbox())
        self.call(self.left, "two")
        self.call(self.right, "one")
        mark = one.mark()
        self.assertEqual(two.end(), 0)
        one.wait_for(r"members: two \(\w+\) is left", NOTICED_S, mark)

    def test_a_node_that_listens_everywhere_is_dialled_where_its_beacon_came_from(self):
        self.left.wait_for_ipv6()  # its beacons over IPv6 must not lead the other astray
        self.right.wait_for_ipv6()
        one, two = self.pair(listen="tcp://0.0.0.0:*")
        for node in (one, two):
            self.assertIn("tcp://0.0.0.0:", node.inbox())
        self.call(self.left, "two")
        self.call(self.right, "one")

    def test_by_beacon_where_there_is_only_ipv6(self):
        for host in (self.left, self.right):
            host.wait_for_ipv6()
            host.ip(f"address del {host.address}/24 dev eth0")
        one, _ = self.pair(listen="tcp://[::]:*")
        self.call(self.left, "two")
        self.call(self.right, "one")
        self.assertIn("beacon: lo: IPv6: no IPv6 multicast", one.log())  # said where it is not

    def test_a_node_of_another_domain_is_not_seen(self):
        self.pair()
        stranger = self.right.start("stranger", "--domain", "elsewhere")
        stranger.inbox()
        listed = json.loads(self.left.kith("ls", "--insecure-lan", "--json"))["members"]
        self.assertEqual(sorted(one["instance"] for one in listed), ["one", "two"])
        self.assertNotIn("members:", stranger.log())

    def test_without_insecure_lan_nobody_beyond_the_machine_is_seen(self):
        one = self.left.start("one")
        one.inbox()
        self.right.start("local", lan=False, listen="tcp://127.0.0.1:*").inbox()
        time.sleep(1.5)  # more than a beacon's interval
        self.assertNotIn("members:", one.log())

    def test_by_a_seed_alone(self):
        one = self.left.start("one", listen=f"tcp://{self.left.address}:{SEED_PORT}", beacon=False)
        two = self.right.start("two", "--seed", f"{self.left.address}:{SEED_PORT}", beacon=False)
        self.greet(one, two)
        seed = ("--seed", f"{self.left.address}:{SEED_PORT}")
        self.call(self.left, "two", *seed)
        self.call(self.right, "one", *seed)


class ThreeHosts(HostsCase):
    hosts = 3

    def test_a_service_that_moves_to_another_host_is_followed(self):
        one = self.left.start("one")
        moving = self.right.start("moving")
        self.greet(one, moving)
        mark = one.mark()
        moving.crash()
        moved = self.lab.hosts[2].start("moving")
        one.wait_for(alive("moving"), FOUND_S, mark)
        self.assertIn(f"{NETWORKS[0]}.3:", moved.inbox())
        time.sleep(NOTICED_S)
        self.call(self.left, "moving")

    def test_where_multicast_fails_one_seed_is_enough_to_know_all(self):
        self.lab.multicast(False)
        for listen in ("tcp://{}:{}", "tcp://0.0.0.0:{1}"):
            with self.subTest(listen):
                seed = ("--seed", f"{self.left.address}:{SEED_PORT}")
                nodes = [host.start(name, *(seed if host is not self.left else ()),
                                    listen=listen.format(host.address, SEED_PORT))
                         for host, name in zip(self.lab.hosts, ("one", "two", "three"))]
                self.greet(*nodes)
                self.call(self.right, "three", *seed)
                self.lab.expect_balance()
                for node in nodes:
                    node.end()

    def test_where_multicast_fails_nobody_is_found_until_it_works(self):
        self.lab.multicast(False)
        nodes = [host.start(f"node-{host.number}") for host in self.lab.hosts]
        for node in nodes:
            node.inbox()
        time.sleep(2.5)  # more than two beacons
        for node in nodes:
            self.assertNotIn("members:", node.log())
        self.lab.multicast(True)
        self.greet(*nodes)

if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
