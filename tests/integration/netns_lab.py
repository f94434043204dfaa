# SPDX-License-Identifier: MPL-2.0
"""Hosts of networks of the test's own: network namespaces, joined to bridges by veth pairs.

Nothing of it is in the namespace of the test, and no route leads out of it. Each namespace lives as
long as a process that holds it, and each of these dies with the test, however it ends."""

import ctypes
import os
import re
import signal
import subprocess
import tempfile
import time

BIN = os.environ.get("KITH_BIN_DIR", "build/dev/bin")
TESTS = os.path.join(os.path.dirname(BIN), "tests", "integration_tests")
NETWORKS = ("10.75.84", "10.75.85")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_the_test():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Namespace:
    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "600"],
                                       preexec_fn=die_with_the_test)
        end = time.monotonic() + 20
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            if self.holder.poll() is not None or time.monotonic() > end:
                raise RuntimeError("no network namespace: this needs root")
            time.sleep(0.01)

    @property
    def pid(self):
        return self.holder.pid

    def command(self, *args):
        return ["nsenter", "--net", "--target", str(self.pid), *args]

    def run(self, *args):
        return subprocess.run(self.command(*args), check=True, capture_output=True, text=True,
                              timeout=30).stdout

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
        end = time.monotonic() + 10
        while True:
            shown = self.ip(f"-6 address show dev {card} scope link")
            if "inet6" in shown and "tentative" not in shown:
                return
            if time.monotonic() > end:
                raise AssertionError(f"no IPv6 address: {shown}")
            time.sleep(0.05)

    def start(self, instance, *flags, listen=None, lan=True, beacon=True):
        """A node of service "echo" on this host."""
        yes = {True: "true", False: "false"}
        args = ["--instance", instance, f"--insecure-lan={yes[lan]}", f"--beacon={yes[beacon]}",
                "--listen", listen or f"tcp://{self.address}:*", *flags]
        return Node(self.lab, self, instance, args)

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
        return subprocess.run(self.command(os.path.join(BIN, "kith"), *args), capture_output=True,
                              text=True, timeout=30, env=self.lab.environment(), check=False)


class Node:
    def __init__(self, lab, host, instance, args):
        self.host = host
        self.instance = instance
        self.path = os.path.join(lab.directory.name, f"{instance}.{len(lab.nodes)}.log")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                host.command(TESTS, *args), stdout=log, stderr=log, preexec_fn=die_with_the_test,
                env={**lab.environment(), "KITH_TEST_ROLE": "echo"})
        lab.nodes.append(self)

    def log(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def mark(self):
        """The place in its log from which `wait_for` looks on."""
        return len(self.log())

    def wait_for(self, pattern, limit_s, since=0):
        """Seconds until a line of its log matches."""
        begin = time.monotonic()
        while True:
            found = re.search(pattern, self.log()[since:])
            now = time.monotonic() - begin
            if found:
                return now
            if now > limit_s or self.process.poll() is not None:
                raise AssertionError(f"{self.instance} has no line {pattern!r} within {limit_s} s"
                                     f" (ended: {self.process.poll()}):\n{self.log()}")
            time.sleep(0.01)

    def inbox(self):
        self.wait_for("listens at tcp", 20)
        return re.search(r"listens at (tcp://\S+?),", self.log()).group(1)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        return self.process.returncode


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
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
        return {**clean, "KITH_IPC": "false", "KITH_LOG_LEVEL": "info"}

    def multicast(self, passes, hosts=None):
        """Whether the switches pass multicast to these hosts, or all; broadcast (ARP) they do."""
        for port in (port for host in hosts or self.hosts for port in host.ports):
            self.switch.run("bridge", "link", "set", "dev", port, "mcast_flood",
                            "on" if passes else "off")

    def close(self):
        for node in self.nodes:
            node.kill()
        for namespace in reversed(self.namespaces):
            namespace.close()
        self.directory.cleanup()
