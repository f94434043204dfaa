#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""`kith doctor` names faults that are really there, each with the next step: those that need no
network of their own (netns_doctor_test.py has the others)."""

import json
import os
import shutil
import socket
import tempfile
import time
import unittest

import zmq

import kith1
from shop import BIN, DOMAIN
from processes import SLOWER, free_udp_port, run
from tool_rig import OK, ToolCase

TESTS = os.path.join(BIN, "..", "tests", "integration_tests")
PASSPHRASE = "correct horse battery staple"
BEACON_S = str(1.7 * SLOWER)  # so long one listens to be sure to hear a beacon


class Doctor(ToolCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="kith-doctor-")
        self.addCleanup(temporary.cleanup)
        self.home = temporary.name

    def start_doctor(self, *flags, wait="0.3", **environment):
        return self.start("doctor", "--json", "--for", wait, *flags, **environment)

    def findings_of(self, doctor):
        out, error = doctor.communicate(timeout=30 * SLOWER)
        self.assertTrue(out, error)
        findings = json.loads(out)["findings"]
        for one in findings:
            self.assertEqual(bool(one["next"]), one["severity"] != "good", one)
        return findings

    def diagnose(self, *flags, wait="0.3", **environment):
        """Severity, code and subject of all that it finds."""
        found = self.findings_of(self.start_doctor(*flags, wait=wait, **environment))
        return {(one["severity"], one["code"], one["subject"]) for one in found}

    def test_nodes_that_their_beacons_give_away(self):
        def beacon(instance, incarnation):
            return kith1.Beacon.encode(kith1.random_id(), incarnation, 0, DOMAIN, "order", instance,
                                       "tcp://127.0.0.1:1")

        now = int(time.time() * 1e6)
        sent = [beacon("order-ahead", now + 1_000_000_000), beacon("order-twice", now),
                beacon("order-twice", now)]
        doctor = self.start_doctor(wait=BEACON_S)
        while doctor.poll() is None:
            for one in sent:
                self.shop.beacons.send(one)
            time.sleep(0.05)
        findings = self.findings_of(doctor)
        found = {(one["severity"], one["code"], one["subject"]) for one in findings}
        self.assertLessEqual({("warning", "clock_ahead", "order-ahead"),
                              ("warning", "same_instance_twice", "order-twice")}, found)
        self.assertIn(("error", "port_closed"), {one[:2] for one in found})  # all three are there
        ahead, = [one["found"] for one in findings if one["code"] == "clock_ahead"]
        self.assertRegex(ahead, r"started (9\d\d|1000) s in the future")

    def test_a_clock_that_is_off(self):
        with self.shop.link(self.beacon) as link:
            link.greet()
            told = link.call("kith.describe", {})
        told["wall_us"] += 1_000_000_000
        doctor = self.start_doctor(wait=BEACON_S)
        self.serve_alone(doctor, "late", {"kith.describe": told})
        findings = self.findings_of(doctor)
        off, = [one for one in findings if one["code"] == "clock_off"]
        self.assertEqual((off["severity"], off["subject"]), ("warning", "late-1"))
        self.assertRegex(off["found"], r"its clock is (9\d\d|1000)\.\d s ahead of this machine's")

    def test_a_beacon_port_that_somebody_has(self):
        port = free_udp_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("239.255.75.84", port))
            self.assertIn(("error", "beacon_port_taken", "lo"),
                          self.diagnose("--beacon-port", str(port)))
        self.assertIn(("good", "multicast", "lo"), self.diagnose("--beacon-port", str(port)))

    def test_a_directory_of_sockets_that_is_none(self):
        def named(path, **environment):
            return {(code, subject) for _, code, subject in
                    self.diagnose(XDG_RUNTIME_DIR=path, **environment) if code.startswith("ipc_")}

        os.chmod(self.home, 0o700)
        there = os.path.join(self.home, "kith")
        self.assertEqual(named(self.home), set())
        os.makedirs(there, exist_ok=True)  # a node of its own may have made it
        os.chmod(there, 0o755)
        self.assertEqual(named(self.home), {("ipc_open_to_others", there)})
        os.chmod(there, 0o700)
        self.assertEqual(named(self.home), set())
        if os.geteuid() == 0:
            os.chown(there, 65534, 65534)
            self.assertEqual(named(self.home), {("ipc_not_ours", there)})
        shutil.rmtree(there)
        with open(there, "w", encoding="ascii"):
            self.assertEqual(named(self.home), {("ipc_no_directory", there)})
        deep = os.path.join(self.home, "x" * 80)
        os.mkdir(deep, 0o700)
        self.assertEqual(named(deep), {("ipc_path_too_long", os.path.join(deep, "kith"))})

    def test_who_is_alone_and_who_is_elsewhere(self):
        port = free_udp_port()
        found = self.diagnose("--beacon-port", str(port))
        self.assertLessEqual({("note", "nobody_heard", ""), ("note", "loopback_only", "")}, found)
        plant = kith1.BeaconPort(port)
        self.addCleanup(plant.close)
        press = kith1.Beacon.encode(kith1.random_id(), 1, 0, "plant", "press", "press-1",
                                    "tcp://127.0.0.1:1")
        doctor = self.start_doctor(wait=BEACON_S)
        while doctor.poll() is None:
            plant.send(press)
            self.shop.beacons.send(press)
            time.sleep(0.05)
        found = {(one["severity"], one["code"], one["subject"]): one
                 for one in self.findings_of(doctor)}
        self.assertIn(("note", "other_domain", "plant"), found)
        self.assertIn(f"--domain plant --beacon-port {port}",
                      found["note", "other_place_and_domain", "press-1"]["next"])

    def test_endpoints_that_are_no_node(self):
        router = self.shop.context.socket(zmq.ROUTER)
        router.linger = 0
        self.addCleanup(router.close)
        no_node = f"tcp://127.0.0.1:{router.bind_to_random_port('tcp://127.0.0.1')}"
        with socket.create_server(("127.0.0.1", 0)) as mute:
            no_zmq = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
            doctor = self.start_doctor(no_node, no_zmq)
            ends = {one["code"]: one["found"] for one in self.findings_of(doctor)
                    if one["severity"] == "error"}
        self.assertLessEqual({"no_kith", "silent"}, ends.keys())
        self.assertTrue(ends["no_kith"].startswith(no_node), ends)
        self.assertTrue(ends["silent"].startswith(no_zmq), ends)

    def make_dated(self, name, *certificates, domain=DOMAIN):
        """A trust directory of payment, with certificates (name, from, to) in days from now."""
        directory = os.path.join(self.home, name)
        words = [str(word) for one in certificates for word in one]
        done = run([TESTS, directory, domain, "payment", *words],
                   env=self.environment(KITH_TEST_ROLE="certificates"))
        self.assertEqual(done.returncode, OK, done.stderr + done.stdout)
        return directory

    def test_certificates_at_the_wrong_time(self):
        past, now, coming = ("past", -9, -2), ("now", -1, 90), ("coming", 2, 90)
        for others, codes in (((past, now), {("warning", "certificate_expired", "past")}),
                              ((now, coming), {("error", "certificate_not_yet_valid", "coming")}),
                              ((past,), {("warning", "certificate_expired", "past"),
                                         ("error", "no_certificate_counts", "")}),
                              ((coming,), {("error", "certificate_not_yet_valid", "coming"),
                                           ("error", "no_certificate_counts", "")})):
            with self.subTest([name for name, *_ in others]):
                directory = self.make_dated("-".join(name for name, *_ in others), *others)
                found = {(severity, code, os.path.relpath(path, directory).removesuffix(".cert").strip("."))
                         for severity, code, path in self.diagnose("--trust", directory)
                         if code.startswith(("certificate_", "no_certificate"))}
                self.assertEqual(found, codes)

    def test_a_certificate_of_another_domain_with_the_same_root(self):
        ours = self.make_dated("here", ("now", -1, 90))
        strange = os.path.join(ours, "strange.cert")
        shutil.copy(os.path.join(self.make_dated("there", ("now", -1, 90), domain="elsewhere"),
                                 "now.cert"), strange)
        self.assertIn(("error", "certificate_wrong_domain", strange), self.diagnose("--trust", ours))

    def trust(self, directory, command, *args):
        with_root = ("--passphrase-file", "-") if command in ("init", "sign", "revoke") else ()
        done = run(self.command("trust", command, *args, *with_root), 60, input=PASSPHRASE + "\n",
                   cwd=self.home, env=self.environment(KITH_TRUST=directory, HOME=self.home))
        self.assertEqual(done.returncode, OK, done.stderr + done.stdout)

    def make_trust(self, name, *days):
        """A root, and a certificate of payment."""
        directory = os.path.join(self.home, name)
        self.trust(directory, "init", "--domain", DOMAIN)
        self.trust(directory, "request", "payment")
        self.trust(directory, "sign", "payment.req", "--provides", "payment", *days)
        return directory

    def test_certificates_that_do_not_do(self):
        ours = self.make_trust("ours", "--days", "5")
        certificate = os.path.join(ours, "payment.cert")
        found = self.diagnose("--trust", ours, wait=BEACON_S)
        self.assertIn(("warning", "certificate_ends_soon", "payment"), found)
        self.assertIn(("error", "unsigned_beacon", self.beacon.instance), found)
        found = self.diagnose("--trust", ours, "--domain", "elsewhere")
        self.assertIn(("error", "trust_of_other_domain", ours), found)

        strange = os.path.join(ours, "stranger.cert")
        shutil.copy(os.path.join(self.make_trust("theirs"), "payment.cert"), strange)
        self.assertIn(("error", "unknown_authority", strange), self.diagnose("--trust", ours))
        os.remove(strange)

        keys = os.path.join(ours, "payment.keys")
        os.chmod(keys, 0o644)
        self.assertIn(("error", "trust_unreadable"),
                      {one[:2] for one in self.diagnose("--trust", ours)})
        os.chmod(keys, 0o600)

        self.trust(ours, "revoke", "payment.cert")
        found = self.diagnose("--trust", ours)
        self.assertIn(("error", "no_certificate_counts", ours), found)
        self.assertIn(("warning", "certificate_revoked", certificate), found)
        self.assertIn(("error", "trust_unreadable"),
                      {one[:2] for one in self.diagnose("--trust", os.path.join(self.home, "none"))})


if __name__ == "__main__":
    unittest.main(verbosity=2)
