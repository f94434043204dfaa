#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Two real services that know each other by certificates, from `kith trust init` on."""

import base64
import filecmp
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import kith1
from shop import BIN, order
from processes import SLOWER, Process, run
from trust_rig import (ANSWERED, CANNOT_RUN, NOBODY, NOT_DONE, OK, PASSPHRASE, RIGHTS, TrustCase, octets_of,
                       z85_of)


class TrustedNodes(TrustCase):
    def test_an_order_is_placed_paid_and_settled(self):
        def is_settled():
            out, _ = self.kith(OK, "call", "order", "order.get", json.dumps({"id": placed["id"]}),
                               "--json")
            return json.loads(out)["state"] in ("paid", "declined")

        out, _ = self.kith(OK, "call", "order", "order.place", "-", "--json", "--deadline", "5000",
                           stdin=json.dumps(order("trusted-1")))
        placed = json.loads(out)
        self.eventually(is_settled)
        out, _ = self.kith(OK, "ls", "--json")
        members = json.loads(out)["members"]
        self.assertEqual({m["service"] for m in members}, {"order", "payment"})
        for member in members:
            self.assertGreater(member["certificate_ends_us"], time.time() * 1e6)

    def test_a_guest_does_what_it_is_given_and_nothing_else(self):
        _, error = self.kith(ANSWERED, "call", "order", "order.get", '{"id": "none"}', who="guest")
        self.assertIn("not_found", error)
        _, error = self.kith(NOT_DONE, "call", "order", "order.place", "-", who="guest",
                             stdin=json.dumps(order("guest-4929")))
        self.assertIn("permission_denied: guest may not call order.place of order", error)
        self.kith(OK, "describe", "order", who="guest")
        out, _ = self.kith(OK, "call", "order", "kith.log_status", "--json")
        self.kith(NOT_DONE, "call", "order", "kith.log_status", who="guest")
        page = json.dumps({"log": json.loads(out)["log"], "group": "", "after": 0, "mark": 0,
                           "topics": ["order.placed"], "max_events": 10})
        self.kith(OK, "call", "order", "kith.log_read", page)
        _, error = self.kith(ANSWERED, "call", "order", "kith.log_read", page, who="guest")
        self.assertIn("may not read order.placed", error)
        # What a group has not read is kept for it: who may read it may be one.
        bounds = {"log": json.loads(out)["log"]}
        self.kith(OK, "call", "order", "kith.log_extent", json.dumps(bounds), who="guest")
        for topics, what in ([], "all topics"), (["order.placed"], "order.placed"):
            group = json.dumps({**bounds, "group": "guests", "topics": topics})
            _, error = self.kith(ANSWERED, "call", "order", "kith.log_extent", group, who="guest")
            self.assertIn(f"may not read {what}", error)
        out, _ = self.kith(OK, "call", "order", "kith.log_status", "--json")
        self.assertEqual([one["group"] for one in json.loads(out)["readers"]], ["payment"])
        _, error = self.kith(NOBODY, "sub", "order.", "--count", "1", "--for", "3", who="guest")
        self.assertIn("refused by 1: our certificate does not give it", error)
        with open(os.path.join(self.home, "order.log"), encoding="utf-8") as file:
            log = file.read()
        self.assertIn("guest may not call order.place of order", log)
        self.assertNotIn("4929", log)
        _, error = self.kith(CANNOT_RUN, "pub", "order.settled", "{}", who="guest")
        self.assertIn("guest may not publish order.settled: its certificate does not give it", error)
        self.assertIn("--publishes order.settled", error)
        self.kith(OK, "audit")
        _, error = self.kith(5, "audit", who="guest")

    def test_who_has_no_certificate_is_let_in_by_nobody(self):
        out, _ = self.kith(OK, "ls", "--json", who="")
        self.assertFalse(any(m["in_rotation"] for m in json.loads(out)["members"]))
        self.kith(NOBODY, "call", "order", "order.get", '{"id": "1"}', "--timeout", "1.5", who="")
        _, error = self.kith(CANNOT_RUN, "ls", who="root")
        self.assertIn("has the keys of several: --trust-as NAME (of the kith command: --as)", error)
        out, _ = self.kith(OK, "ls", "--as", "operator", who="root")
        self.assertIn("payment", out)

    def test_the_map_is_for_who_has_its_address(self):
        """What an operator's certificate gives is not for every user of the machine."""
        def web(who):
            return Process(
                [os.path.join(BIN, "kith"), "web", "--json", "--listen", "127.0.0.1:0", *self.flags(who)],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment())

        def get(url):
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refused:
                return refused.code, ""

        def states(url):
            document = json.loads(get(url + "map/0")[1])
            return {one["instance"]: one["state"] for one in document.get("nodes", [])}

        for who, state in (("operator", "running"), ("guest", "denied")):
            with web(who) as process:
                try:
                    url = json.loads(process.stdout.readline())["url"]
                    self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$")
                    self.assertEqual(get(url)[0], 200)
                    outside, secret = url.rstrip("/").rsplit("/", 1)
                    for path in ("/", "/map/0", "/map.css", "/" + "0" * 32 + "/map/0", "/" + secret):
                        self.assertEqual(get(outside + path)[0], 403, path)
                    self.eventually(lambda: sum(one == state for one in states(url).values()) >= 2)
                finally:
                    process.terminate()

    def test_probe_and_doctor_know_keys(self):
        def probe(status, where, *args, who="operator"):
            trusted = ("--trust", os.path.join(self.home, who)) if who else ()
            done = run([os.path.join(BIN, "kith"), "probe", where, "--json", "--domain", self.domain,
                        *trusted, *args], 60, env=self.environment())
            self.assertEqual(done.returncode, status, done.stderr + done.stdout)
            return json.loads(done.stdout)

        out, _ = self.kith(OK, "ls", "order", "--json")
        member, = json.loads(out)["members"]
        found = probe(OK, member["inbox"])
        self.assertEqual((found["end"], found["mechanism"], found["key_of"]),
                         ("welcomed", "CURVE", "order"))
        self.assertEqual(found["node"]["service"], "order")
        found = probe(OK, member["outlet"])
        self.assertEqual((found["end"], found["socket_type"]), ("confirmed", "XPUB"))
        found = probe(ANSWERED, member["inbox"], "--service", "payment")
        self.assertEqual(found["end"], "wrong_server_key")
        self.assertEqual(probe(ANSWERED, member["inbox"], who="")["end"], "curve_wanted")
        out, _ = self.kith(OK, "doctor", "--json")
        codes = {one["code"] for one in json.loads(out)["findings"]}
        self.assertLessEqual({"welcomed", "certificate"}, codes)
        out, _ = self.kith(ANSWERED, "doctor", "--json", "--for", "2.5", who="")
        codes = {one["code"] for one in json.loads(out)["findings"]}
        self.assertIn("keys_on_one_side", codes)
        self.assertNotIn("curve_wanted", codes, "it is said once")

    def test_doctor_names_whose_certificate_is_missing(self):
        shutil.copytree(os.path.join(self.home, "operator"), os.path.join(self.home, "doubting"))
        os.remove(os.path.join(self.home, "doubting", "payment.cert"))
        out, _ = self.kith(ANSWERED, "doctor", "--json", "--for", "2.5", who="doubting")
        found = {one["code"]: one for one in json.loads(out)["findings"]
                 if one["severity"] == "error"}
        self.assertTrue(found["unknown_certificate"]["subject"].startswith("payment"), found)
        self.assertIn(".cert", found["unknown_certificate"]["next"])

    def test_doctor_names_who_forges_beacons_and_whom_a_flood_of_them_hides(self):
        beacons = kith1.BeaconPort(int(self.port))
        self.addCleanup(beacons.close)
        real = beacons.find(self.domain, "order")
        forged = kith1.Beacon.encode(kith1.random_id(), real.incarnation, 0, self.domain, "order",
                                     "order-forged", real.inbox, real.identity, real.signature)

        def named(burst, pause_s):
            """Whom it finds wrong, while so many come at a time."""
            end = time.monotonic() + 60 * SLOWER
            doctor = Process([os.path.join(BIN, "kith"), "doctor", "--json", "--for", str(3.5 * SLOWER),
                              *self.flags("operator")], stdout=subprocess.PIPE, text=True,
                             env=self.environment())
            while doctor.poll() is None and time.monotonic() < end:
                for _ in range(burst):
                    beacons.send(forged)
                time.sleep(pause_s)
            out, _ = doctor.communicate()
            return {(one["code"], one["subject"]): one for one in json.loads(out)["findings"]
                    if one["severity"] == "error"}

        few = named(1, 0.1)
        self.assertIn(("bad_signature", "order-forged"), few)
        self.assertNotIn("rate_limited", {code for code, _ in few})
        steady = named(2, 0.02)  # more than 200 in all, and never in one second
        self.assertIn(("bad_signature", "order-forged"), steady)
        self.assertNotIn("rate_limited", {code for code, _ in steady})
        many = named(200, 0.02)
        self.assertIn(("rate_limited", real.instance), many)
        self.assertIn("--seed", many["rate_limited", real.instance]["next"])

    def test_another_user_of_this_machine_has_no_secret_and_no_socket(self):
        here = os.path.join(self.home, "order")
        ipc = os.path.join(self.home, "ipc")
        self.eventually(lambda: len([n for n in os.listdir(ipc) if not n.endswith(".lock")]) >= 2)
        secrets = [os.path.join(here, "order.keys"), os.path.join(self.root, "order.keys"),
                   os.path.join(self.root, "root.key")]
        sockets = [os.path.join(ipc, name) for name in os.listdir(ipc) if not name.endswith(".lock")]
        for path in secrets + sockets:
            self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)
        for path in (ipc, self.root):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o700, path)
        if os.geteuid() != 0:
            return  # nobody else can be played
        for path in (self.home, here):
            os.chmod(path, 0o755)  # so that it is the files and their directory that say no
        try:
            attempt = """if True:
                import socket, sys
                for path in sys.argv[1:]:
                    try:
                        if path.endswith((".keys", ".key", ".pub")):
                            open(path).read()
                        else:
                            socket.socket(socket.AF_UNIX).connect(path)
                        print("in")
                    except PermissionError:
                        print("out")
                """
            public = os.path.join(here, "root.pub")
            done = run([sys.executable, "-c", attempt, public, *secrets, *sockets], 20, check=True,
                       user=65534, group=65534, extra_groups=[], cwd="/")
            told = done.stdout.split()
            self.assertEqual(told, ["in"] + ["out"] * len(secrets + sockets), done.stderr)
        finally:
            for path in (self.home, here):
                os.chmod(path, 0o700)

    def test_no_secret_is_in_a_log_or_an_argument(self):
        more = self.start("order", "--log-level", "debug", "--instance", "order-told-of")
        try:
            def is_there():
                out, _ = self.kith(OK, "ls", "--json")
                return any(m["instance"] == "order-told-of" and m["in_rotation"]
                           for m in json.loads(out)["members"])

            self.eventually(is_there)
            said = self.logs()
            for process in (more, *self.services.values()):
                with open(f"/proc/{process.pid}/cmdline", encoding="utf-8") as file:
                    said += file.read()
        finally:
            more.end()
        self.assertIn("this node is order (serial ", said)
        secrets = [PASSPHRASE]
        for name in RIGHTS:
            octets = octets_of(os.path.join(self.root, f"{name}.keys"))
            for part in (octets[1:33], octets[33:65]):  # for CURVE, and what signs beacons
                secrets += [part.hex(), base64.b64encode(part).decode()[:40], z85_of(part)]
        for secret in secrets:
            self.assertNotIn(secret, said)

    def test_what_is_wrong_is_said_with_the_command_that_mends_it(self):
        def fails(change, says):
            there = os.path.join(self.home, "stock")
            shutil.rmtree(there, ignore_errors=True)
            shutil.copytree(os.path.join(self.home, "order"), there)
            change(there)
            done = run([os.path.join(BIN, "order"), "--domain", self.domain, "--beacon", "false",
                        "--database", os.path.join(self.home, "stock.db"), "--trust", there], 20,
                       env=self.environment())
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(says, done.stdout + done.stderr)

        fails(lambda d: os.remove(os.path.join(d, "order.keys")),
              "has no order.keys: kith trust request order makes them")
        fails(lambda d: os.remove(os.path.join(d, "order.cert")),
              "kith trust sign order.req makes one")
        fails(lambda d: os.remove(os.path.join(d, "root.pub")), "has no root.pub: copy it from")
        fails(lambda d: os.chmod(os.path.join(d, "order.keys"), 0o640),
              "others may read it (mode 0640): chmod 600 ")
        fails(lambda d: os.chmod(d, 0o777), "others may write to it (mode 0777): chmod go-w ")
        fails(lambda d: shutil.copy2(os.path.join(self.root, "guest.cert"),
                                     os.path.join(d, "order.cert")),
              "kith trust sign order.req makes one")

    def test_who_is_revoked_is_out_within_seconds(self):
        self.trust("request", "thief")
        self.trust("sign", "thief.req", "--calls", "order.get")
        there = os.path.join(self.home, "thief")
        os.makedirs(there, mode=0o700)
        for file in ("root.pub", "thief.keys", "thief.cert", "order.cert", "payment.cert"):
            shutil.copy2(os.path.join(self.root, file), there)
        shutil.copy2(os.path.join(self.root, "thief.cert"), os.path.join(self.home, "order"))

        def ends_with(status):
            done = run([os.path.join(BIN, "kith"), "call", "order", "order.get", '{"id": "none"}',
                        *self.flags("thief"), "--timeout", "1.5"], 60, env=self.environment())
            return done.returncode == status

        self.eventually(lambda: ends_with(ANSWERED))
        self.trust("revoke", "thief.cert")
        newest = os.path.join(self.root, "revoked.list")
        shutil.copy2(newest, os.path.join(self.home, "order"))
        self.eventually(lambda: ends_with(NOBODY), seconds=10)
        # The other has heard of it, and keeps it.
        heard = os.path.join(self.home, "payment", "revoked.list")
        self.eventually(lambda: os.path.exists(heard) and filecmp.cmp(heard, newest, shallow=False))
        self.assertEqual(os.stat(heard).st_mode & 0o7777, 0o644)


if __name__ == "__main__":
    unittest.main()
