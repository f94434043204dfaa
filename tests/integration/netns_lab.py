# SPDX-License-Identifier: MPL-2.0
"""Hosts of networks of the test's own: network namespaces, joined to bridges by veth pairs.

Nothing of it is in the namespace of the test, and no route leads out of it. Each namespace lives as
long as a process that holds it, and each of these dies with the test, however it ends."""

import json
import os
import re
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import audit  # noqa: E402
from processes import BIN, Process, plain_environment, run, wait_until  # noqa: E402

TESTS = os.path.join(os.path.dirname(BIN), "tests", "integration_tests")
NETWORKS = ("10.75.84", "10.75.85")
FOUND_S = 5.0  # until a node that starts is greeted by all; on a busy machine
NOTICED_S = 2.0
HEALED_S = 10.0
SEED_PORT = 7585
NOWHERE = "02:00:00:00:75:84"  # the address of no card


def alive(name):
    return rf"members: {name} \(\w+\) is alive"


def suspect(name):
    return rf"members: {name} \(\w+\) is suspect"


class Namespace:
    def __init__(self):
        self.holder = Process(["unshare", "--net", "sleep", "600"])
        wait_until(self.has_its_own, "a network namespace, which needs root", 20, 0.01)

    def has_its_own(self):
        return (self.holder.poll() is None and
                os.readlink(f"/proc/{self.pid}/ns/net") != os.readlink("/proc/self/ns/net"))

    @property
    def pid(self):
        return self.holder.pid

    def command(self, *args):
        return ["nsenter", "--net", "--target", str(self.pid), *args]

    def run(self, *args):
        return run(self.command(*args), check=True).stdout

    def ip(self, line):
        return self.run("ip", *line.split())

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Host(Namespace):
    """A machine with a card in each of these networks: eth0, eth1."""

    def __init__(self, lab, number, networks):
        super().__init__()
        self.lab = lab
        self.number = number
        self.addresses = []
        self.ports = []
        self.ip("link set lo up")
        for network in networks:
            self._plug_in(network)

    def _plug_in(self, network):
        card = f"eth{len(self.ports)}"
        port = f"port{self.number}-{network}"
        address = f"{NETWORKS[network]}.{self.number}"
        switch = self.lab.switch
        switch.ip(f"link add {port} type veth peer name {card} netns {self.pid}")
        switch.ip(f"link set {port} master switch{network} up")
        self.ip(f"address add {address}/24 dev {card}")
        self.ip(f"link set {card} up")
        self.ports.append(port)
        self.addresses.append(address)

    @property
    def address(self):
        return self.addresses[0]

    def wait_for_ipv6(self, card="eth0"):
        """Until its link-local address is confirmed, which takes a second or two."""
        def is_there():
            shown = self.ip(f"-6 address show dev {card} scope link")
            return "inet6" in shown and "tentative" not in shown

        wait_until(is_there, f"an IPv6 address of {card} at {self.address}", 10)

    def start(self, instance, *flags, listen=None, lan=True, beacon=True):
        """A node of service "echo" on this host."""
        yes = {True: "true", False: "false"}
        args = ["--instance", instance, f"--insecure-lan={yes[lan]}", f"--beacon={yes[beacon]}",
                "--listen", listen or f"tcp://{self.address}:*", *flags]
        found_by = (["--insecure-lan"] if lan else []) + [
            word for pair in zip(flags, flags[1:]) if pair[0] == "--domain" for word in pair]
        return Node(self.lab, self, instance, args, found_by, not beacon or "--seed" in flags)

    def kith(self, *args):
        """The tool on this host; its output, or an exception that has what it said."""
        done = self.run_kith(*args)
        if done.returncode:
            raise AssertionError(f"kith {' '.join(args)}: {done.returncode}: {done.stderr}")
        return done.stdout

    def kith_in_any_case(self, *args):
        """Its output, whatever its status."""
        return self.run_kith(*args).stdout

    def run_kith(self, *args):
        return run(self.command(os.path.join(BIN, "kith"), *args), env=self.lab.environment())


class Node(Process):
    def __init__(self, lab, host, instance, args, found_by, is_seeded):
        self.host = host
        self.instance = instance
        self.found_by = found_by  # flags for a tool on its host
        self.is_seeded = is_seeded
        super().__init__(host.command(TESTS, *args),
                         os.path.join(lab.directory.name, f"{instance}.{len(lab.nodes)}.log"), instance,
                         env={**lab.environment(), "KITH_TEST_ROLE": "echo"})
        lab.nodes.append(self)

    def mark(self):
        """The place in its log from which `wait_for` looks on."""
        return len(self.log())

    def wait_for(self, pattern, limit_s=20, since=0):
        """Seconds until a line of its log matches."""
        begin = time.monotonic()
        super().wait_for(pattern, limit_s, since)
        return time.monotonic() - begin

    def inbox(self):
        self.wait_for("listens at tcp")
        return re.search(r"listens at (tcp://\S+?),", self.log()).group(1)


class Lab:
    """A host for each of these tuples: the numbers of the networks that it has a card in."""

    def __init__(self, *hosts):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-netns-")
        self.nodes = []
        self.namespaces = []
        try:
            self.switch = self._keep(Namespace())
            for network in range(len(NETWORKS)):
                self.switch.ip(f"link add switch{network} type bridge mcast_snooping 0")
                self.switch.ip(f"link set switch{network} up")
            self.hosts = []
            for networks in hosts:
                self.hosts.append(self._keep(Host(self, len(self.hosts) + 1, networks)))
        except BaseException:
            self.close()
            raise

    def _keep(self, namespace):
        self.namespaces.append(namespace)
        return namespace

    def environment(self):
        # All hosts are one machine to the kernel: without this they would talk over ipc.
        return plain_environment(KITH_IPC="false", KITH_LOG_LEVEL="info")

    def multicast(self, passes, hosts=None):
        """Whether the switches pass multicast to these hosts, or all; broadcast (ARP) they do."""
        for port in (port for host in hosts or self.hosts for port in host.ports):
            self.switch.run("bridge", "link", "set", "dev", port, "mcast_flood",
                            "on" if passes else "off")

    def expect_balance(self):
        """Of the books of those that run, one look at each domain."""
        looked = []
        for node in self.nodes:
            if node.poll() is not None or node.found_by in looked:
                continue
            looked.append(node.found_by)
            port = node.inbox().rpartition(":")[2]
            seed = ["--seed", f"{node.host.address}:{port}"] if node.is_seeded else []
            audit.expect_balance(*node.found_by, *seed, prefix=node.host.command(),
                                 crashed=sum(one.crashed for one in self.nodes),
                                 env=self.environment())

    def close(self):
        for node in self.nodes:
            node.crash()
        for namespace in reversed(self.namespaces):
            namespace.close()
        self.directory.cleanup()


class HostsCase(unittest.TestCase):
    """Hosts of one network, with a card each."""

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


class DiagnosisCase(unittest.TestCase):
    """`kith doctor` on the left one of two hosts."""

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
