#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Nodes on several hosts: network namespaces on a bridge. Beacons, seeds, black holes, other domains.

It needs root, and leaves nothing behind. CMake registers it only where namespaces can be made."""

import json
import os
import sys
import tempfile
import time
import unittest

import kith1
from netns_lab import NETWORKS, Lab, Process
from processes import BIN, run

FOUND_S = 5.0  # until a node that starts is greeted by all; on a busy machine
NOTICED_S = 2.0
HEALED_S = 10.0
SEED_PORT = 7585
BEACON_S = "1.7"  # in which every node is heard
NOWHERE = "02:00:00:00:75:84"  # the address of no card


def alive(name):
    return rf"members: {name} \(\w+\) is alive"


def suspect(name):
    return rf"members: {name} \(\w+\) is suspect"


class TwoHosts(unittest.TestCase):
    hosts = 2

    def setUp(self):
        self.lab = Lab(*[(0,)] * self.hosts)
        self.addCleanup(self.lab.close)
        self.addCleanup(self.lab.expect_balance)
        self.left, self.right = self.lab.hosts[:2]

    def pair(self, *flags, **options):
        one = self.left.start("one", *flags, **options)
        two = self.right.start("two", *flags, **options)
        self.greet(one, two)
        return one, two

    def greet(self, *nodes):
        for node in nodes:
            for other in nodes:
                if other is not node:
                    node.wait_for(alive(other.instance), FOUND_S)

    def call(self, host, instance, *flags):
        """From a tool on that host to an instance on any."""
        out = host.kith("call", "echo", "echo.say", '{"text": "hello"}', "--instance", instance,
                        "--insecure-lan", "--timeout", "15", "--deadline", "5000", *flags)
        self.assertEqual(json.loads(out), {"text": "hello"})

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

    # What fails on the way. Each is noticed in time, and healed in time after it is gone.

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


class Doctor(unittest.TestCase):
    """`kith doctor` on a host of two names the fault that keeps their nodes apart."""

    def setUp(self):
        self.lab = Lab((0,), (0,))
        self.addCleanup(self.lab.close)
        self.left, self.right = self.lab.hosts

    def diagnose(self, *flags, wait="0.4"):
        """The codes of what is wrong, by severity."""
        out = self.left.kith_in_any_case("doctor", "--insecure-lan", "--json", "--for", wait, *flags)
        found = json.loads(out)["findings"]
        for one in found:
            self.assertEqual(bool(one["next"]), one["severity"] != "good", one)
        return {(one["severity"], one["code"], one["subject"]) for one in found}

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
        found = self.diagnose(f"{self.right.address}:{SEED_PORT}")
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


    def test_beacons_that_are_not_let_out_or_not_let_in(self):
        """By policies of IPsec, which need no firewall's program; they act as its rules do."""
        if run(self.left.command("ip", "xfrm", "policy")).returncode:
            self.skipTest("this kernel has no policies of IPsec")
        for way, code in (("out", "cannot_send"), ("in", "multicast_not_heard")):
            with self.subTest(way):
                self.left.ip(f"xfrm policy add src 0.0.0.0/0 dst 239.255.75.84/32 dir {way} action block")
                self.assertIn(("error", code, "eth0"), self.diagnose())
                self.left.ip("xfrm policy flush")
                self.assertIn(("good", "multicast", "eth0"), self.diagnose())


class ThreeHosts(TwoHosts):
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


def load_tests(loader, *_):
    """What three hosts inherit they need not run again."""
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(TwoHosts))
    suite.addTests(loader.loadTestsFromTestCase(Doctor))
    suite.addTests(loader.loadTestsFromTestCase(TwoCards))
    suite.addTests(ThreeHosts(name) for name in vars(ThreeHosts) if name.startswith("test_"))
    return suite


if __name__ == "__main__":
    os.chdir("/")
    unittest.main(verbosity=2)
