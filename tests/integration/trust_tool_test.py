#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""kith trust: from nothing to a certificate, and everything that is refused on the way."""

import base64
import fcntl
import json
import os
import pty
import select
import stat
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import BIN, SLOWER, plain_environment, run  # noqa: E402

SOURCE = os.environ.get("KITH_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))
KITH = os.path.abspath(os.path.join(BIN, "kith"))
OK, REFUSED, USAGE, CANNOT_RUN, INTERRUPTED = 0, 1, 2, 6, 130
PASSPHRASE = "correct horse battery staple"
RIGHTS = ("--provides", "payment", "--calls", "order,gateway.", "--publishes", "payment.",
          "--subscribes", "order.")


def armoured(label, octets):
    text = base64.b64encode(octets).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def octets_of(path):
    with open(path, encoding="ascii") as file:
        return base64.b64decode("".join(file.read().splitlines()[1:-1]))


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class TrustTool(unittest.TestCase):
    """A root and a signed certificate of payment, once; tests add files of their own."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="kith-trust-")
        cls.home = cls.temporary.name
        cls.directory = os.path.join(cls.home, "config", "trust")
        cls.init_says = cls.kith(OK, "init", "--domain", "plant", "--passphrase-file", "-",
                                 stdin=PASSPHRASE + "\n")
        cls.request_says = cls.kith(OK, "request", "payment")
        cls.sign_says = cls.sign("payment.req", *RIGHTS)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def environment(cls):
        return plain_environment(HOME=cls.home, KITH_TRUST=cls.directory)

    @classmethod
    def kith(cls, status, *args, stdin=""):
        """Standard output and standard error of a command that ends with that status."""
        done = run([KITH, "trust", *args], 60, input=stdin, env=cls.environment(), cwd=cls.home)
        if done.returncode != status:
            raise AssertionError(f"{args} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout, done.stderr

    @classmethod
    def sign(cls, request, *args, status=OK, passphrase=PASSPHRASE):
        return cls.kith(status, "sign", request, *args, "--passphrase-file", "-",
                        stdin=passphrase + "\n")

    def at(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def shown(self, name, status=OK):
        return json.loads(self.kith(status, "show", name, "--json")[0])

    # What is made.

    def test_secrets_are_their_owners_alone_and_the_rest_is_open(self):
        self.assertEqual(mode_of(self.directory), 0o700)
        self.assertEqual(mode_of(self.at("issued")), 0o700)
        for name in ("root.key", "payment.keys"):
            self.assertEqual(mode_of(self.at(name)), 0o600, name)
        for name in ("root.pub", "payment.req", "payment.cert"):
            self.assertEqual(mode_of(self.at(name)), 0o644, name)
        self.assertEqual([name for name in os.listdir(self.directory) if ".part" in name], [])

    def test_no_secret_is_in_what_is_said_or_public(self):
        secrets = octets_of(self.at("payment.keys"))[1:65]
        said = "".join(self.init_says + self.request_says + self.sign_says)
        for part in (secrets[:32], secrets[32:]):
            for text in (part.hex(), base64.b64encode(part).decode().rstrip("=")[:40]):
                self.assertNotIn(text, said)
            for name in ("payment.req", "payment.cert", "root.pub", "root.key"):
                self.assertNotIn(part, octets_of(self.at(name)))
        self.assertNotIn(PASSPHRASE, said)

    def test_a_certificate_says_what_was_asked_for(self):
        certificate = self.shown("payment.cert")
        self.assertEqual((certificate["kind"], certificate["state"]), ("certificate", "good"))
        self.assertEqual((certificate["domain"], certificate["service"]), ("plant", "payment"))
        self.assertEqual(certificate["provides"], ["payment"])
        self.assertEqual(certificate["calls"], ["gateway.", "order"])
        self.assertEqual(certificate["publishes"], ["payment."])
        self.assertEqual(certificate["subscribes"], ["order."])
        self.assertIn(certificate["days_left"], (89, 90))
        request = self.shown("payment.req")
        self.assertEqual(request["curve_key"], certificate["curve_key"])
        self.assertEqual(request["beacon_key"], certificate["beacon_key"])
        self.assertIn(request["fingerprint"], self.request_says[0])
        self.assertIn(request["fingerprint"], self.sign_says[0])
        text, warnings = self.kith(OK, "show", "payment.cert")
        self.assertIn("certificate of payment: good\n", text)
        self.assertNotIn("\x1b", text)
        self.assertEqual(warnings, "")
        self.assertEqual(self.shown("root.pub")["domain"], "plant")

    def test_a_certificate_near_its_end_is_warned_of(self):
        self.kith(OK, "request", "brief")
        self.sign("brief.req", "--days", "13")
        _, warning = self.kith(OK, "show", "brief.cert")
        self.assertRegex(warning, "the certificate of brief ends in 1[23] days: kith trust renew")
        self.sign("brief.req", "--days", "15", "--out", self.at("less-brief.cert"))
        self.assertEqual(self.kith(OK, "show", "less-brief.cert")[1], "")

    def test_rights_may_be_repeated_and_default_to_none(self):
        self.kith(OK, "request", "viewer")
        self.sign("viewer.req", "--calls", "order", "--calls", "*,kith.")
        viewer = self.shown("viewer.cert")
        self.assertEqual(viewer["calls"], ["*", "kith.", "order"])
        self.assertEqual(viewer["provides"] + viewer["publishes"] + viewer["subscribes"], [])

    # Nothing is written over.

    def test_nothing_is_written_over(self):
        before = {name: octets_of(self.at(name))
                  for name in ("root.key", "root.pub", "payment.keys", "payment.req",
                               "payment.cert")}
        for args in (("init", "--passphrase-file", "-"), ("request", "payment"),
                     ("sign", "payment.req", "--passphrase-file", "-")):
            _, error = self.kith(CANNOT_RUN, *args, stdin=PASSPHRASE + "\n")
            self.assertIn("is there already", error)
        for name, octets in before.items():
            self.assertEqual(octets_of(self.at(name)), octets, name)

    def test_a_lost_request_is_made_again_for_the_same_keys(self):
        self.kith(OK, "request", "again")
        keys = octets_of(self.at("again.keys"))
        first = self.shown("again.req")
        os.unlink(self.at("again.req"))
        self.kith(OK, "request", "again")
        self.assertEqual(octets_of(self.at("again.keys")), keys)
        self.assertEqual(self.shown("again.req")["curve_key"], first["curve_key"])
        os.unlink(self.at("again.req"))
        _, error = self.kith(REFUSED, "request", "other", "--out", self.at("again"))
        self.assertIn("the keys of again, not of other", error)

    # What is refused.

    def test_a_wrong_passphrase_is_refused(self):
        self.kith(OK, "request", "locked")
        for wrong in (PASSPHRASE[:-1], PASSPHRASE + " ", "x"):
            _, error = self.sign("locked.req", status=REFUSED, passphrase=wrong)
            self.assertIn("root.key: the passphrase is not that of this root", error)
            self.assertNotIn(wrong + "\n", error)
        self.assertFalse(os.path.exists(self.at("locked.cert")))
        self.kith(USAGE, "sign", "locked.req", "--passphrase-file", "-")  # standard input is empty

    def test_a_passphrase_comes_from_a_file_of_its_owner(self):
        self.kith(OK, "request", "filed")
        path = self.write("passphrase", PASSPHRASE + "\r\nsecond line\n")
        os.chmod(path, 0o640)
        _, error = self.kith(CANNOT_RUN, "sign", "filed.req", "--passphrase-file", path)
        self.assertIn("others may read it: chmod 600", error)
        os.chmod(path, 0o600)
        self.kith(OK, "sign", "filed.req", "--passphrase-file", path)

    def test_a_short_passphrase_makes_no_root(self):
        elsewhere = os.path.join(self.home, "short")
        _, error = self.kith(USAGE, "init", "--dir", elsewhere, "--passphrase-file", "-",
                             stdin="elevenchars\n")
        self.assertIn("fewer than 12", error)
        self.assertFalse(os.path.exists(os.path.join(elsewhere, "root.pub")))

    def test_without_a_terminal_it_says_where_else_a_passphrase_may_come_from(self):
        done = run([KITH, "trust", "renew", "payment.cert"], 60, env=self.environment(), cwd=self.home,
                   start_new_session=True)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("--passphrase-file", done.stderr)

    def test_every_changed_file_is_refused(self):
        for name, label in (("payment.cert", "KITH CERTIFICATE"), ("payment.req", "KITH REQUEST")):
            octets = bytearray(octets_of(self.at(name)))
            octets[-1] ^= 1
            path = self.write("changed", armoured(label, bytes(octets)))
            out, error = self.kith(REFUSED, "show", path)
            self.assertIn("changed", error)
            self.assertNotIn("payment", out)
            self.assertEqual(self.shown(path, REFUSED)["error"]["code"], "bad_signature")
        _, error = self.sign(path, status=REFUSED)
        self.assertIn("kith trust request makes another", error)

    def test_a_changed_root_is_refused(self):
        octets = bytearray(octets_of(self.at("root.key")))
        octets[-1] ^= 1
        self.kith(OK, "request", "unrooted")
        spoilt = os.path.join(self.home, "spoilt")
        os.mkdir(spoilt, 0o700)
        for name, text in (("root.key", armoured("KITH SEALED ROOT", bytes(octets))),
                           ("root.pub", armoured("KITH ROOT", octets_of(self.at("root.pub"))))):
            os.chmod(self.write(os.path.join("spoilt", name), text), 0o600)
        _, error = self.sign(self.at("unrooted.req"), "--dir", spoilt, status=REFUSED)
        self.assertIn("or its file was changed", error)

    def test_a_secret_that_others_may_read_is_refused(self):
        self.kith(OK, "request", "leaky")
        os.unlink(self.at("leaky.req"))
        os.chmod(self.at("leaky.keys"), 0o644)
        _, error = self.kith(CANNOT_RUN, "request", "leaky")
        self.assertIn("chmod 600", error)

    def test_a_directory_that_others_may_write_to_is_refused(self):
        open_directory = os.path.join(self.home, "open")
        os.mkdir(open_directory)
        os.chmod(open_directory, 0o777)
        _, error = self.kith(CANNOT_RUN, "request", "payment", "--dir", open_directory)
        self.assertIn("chmod 700", error)
        self.assertEqual(os.listdir(open_directory), [])

    def test_secrets_are_not_shown(self):
        for name in ("payment.keys", "root.key"):
            out, error = self.kith(REFUSED, "show", name)
            self.assertEqual(out, "")
            self.assertIn("shown to nobody", error)

    def test_a_certificate_of_another_time_domain_or_root_is_refused(self):
        with open(os.path.join(SOURCE, "docs", "protocol-vectors.json"), encoding="utf-8") as file:
            vectors = json.load(file)
        elsewhere = os.path.join(self.home, "vectors")
        os.mkdir(elsewhere, 0o700)
        root, = vectors["trust_roots"]
        self.write("vectors/root.pub", armoured("KITH ROOT", bytes.fromhex(root["hex"])))
        certificate = bytes.fromhex(vectors["certificates"][0]["hex"])
        path = self.write("old.cert", armoured("KITH CERTIFICATE", certificate))
        out, error = self.kith(REFUSED, "show", path, "--dir", elsewhere)
        self.assertIn("certificate of payment: expired", out)
        self.assertIn("ended at 2024-02-12T22:13:20Z: kith trust renew", error)
        _, error = self.kith(REFUSED, "show", path)
        self.assertIn("was not signed by the root of plant", error)
        other, = [one for one in vectors["refused_certificates"]
                  if one["error"] == "wrong_domain"]
        path = self.write("other.cert", armoured("KITH CERTIFICATE", bytes.fromhex(other["hex"])))
        out = self.kith(REFUSED, "show", path, "--dir", elsewhere, "--json")[0]
        self.assertEqual(json.loads(out)["error"]["code"], "wrong_domain")

    def test_a_key_stands_for_one_service(self):
        stolen = octets_of(self.at("payment.keys"))[:65] + b"\x05thief"
        os.chmod(self.write("thief.keys", armoured("KITH SECRET KEYS", stolen)), 0o600)
        self.kith(OK, "request", "thief", "--out", os.path.join(self.home, "thief"))
        _, error = self.sign(os.path.join(self.home, "thief.req"), status=REFUSED)
        self.assertIn("stands for payment already", error)

    def test_wrong_arguments_are_usage(self):
        for args in ((), ("frobnicate",), ("init", "--domain", "no name", "--dir", "fresh"),
                     ("request",), ("request", "no name"), ("request", "../payment"),
                     ("sign",), ("sign", "payment.req", "--days", "0"),
                     ("sign", "payment.req", "--passphrase", PASSPHRASE),
                     ("sign", "payment.req", "--calls", "order*", "--out", "x.cert"),
                     ("revoke", "0000"), ("show",)):
            self.kith(USAGE, *args, stdin=PASSPHRASE + "\n")
        self.assertFalse(os.path.exists(os.path.join(self.home, "x.cert")))

    def test_missing_and_strange_files_are_named(self):
        _, error = self.kith(CANNOT_RUN, "show", "nowhere.cert")
        self.assertIn("cannot read nowhere.cert: No such file", error)
        path = self.write("strange", "hello\n")
        self.assertIn("nothing that kith trust makes", self.kith(REFUSED, "show", path)[1])
        self.assertIn("a KITH REQUEST is wanted, and this is a KITH CERTIFICATE",
                      self.sign("payment.cert", status=REFUSED)[1])
        fresh = os.path.join(self.home, "nothing")
        for args in (("list",), ("show", self.at("payment.cert")), ("renew", "payment.cert")):
            _, error = self.kith(CANNOT_RUN, *args, "--dir", fresh)
            self.assertIn("kith trust init makes a root", error)
        self.assertIn("it is no file", self.kith(CANNOT_RUN, "show", self.home)[1])
        self.write("large", "x" * 70000)
        self.assertIn("64 KiB", self.kith(CANNOT_RUN, "show", os.path.join(self.home, "large"))[1])

    # What goes on with a certificate.

    def test_renewing_keeps_keys_and_rights_and_the_one_before(self):
        self.kith(OK, "request", "lasting")
        self.sign("lasting.req", "--calls", "order", "--days", "20")
        first = self.shown("lasting.cert")
        self.kith(OK, "renew", "lasting.cert", "--passphrase-file", "-", stdin=PASSPHRASE)
        second = self.shown("lasting.cert")
        self.assertNotEqual(first["serial"], second["serial"])
        for same in ("curve_key", "beacon_key", "calls", "service", "domain"):
            self.assertEqual(first[same], second[same])
        self.assertIn(second["days_left"], (19, 20))
        self.kith(OK, "renew", "lasting.cert", "--days", "200", "--passphrase-file", "-",
                  stdin=PASSPHRASE)
        self.assertGreater(self.shown("lasting.cert")["days_left"], 190)
        issued = [one for one in self.listed() if one["service"] == "lasting"]
        self.assertEqual(len(issued), 3)
        self.assertEqual({one["state"] for one in issued}, {"good"})

    def listed(self):
        return json.loads(self.kith(OK, "list", "--json")[0])["certificates"]

    def test_revoking_ends_a_certificate(self):
        self.kith(OK, "request", "doomed")
        self.sign("doomed.req")
        first = self.shown("doomed.cert")
        self.kith(OK, "renew", "doomed.cert", "--passphrase-file", "-", stdin=PASSPHRASE)
        number = 0
        if os.path.exists(self.at("revoked.list")):
            number = self.shown("revoked.list")["number"]
        self.kith(OK, "revoke", "doomed.cert", first["serial"][:8], "--passphrase-file", "-",
                  stdin=PASSPHRASE)
        revoked = self.shown("revoked.list")
        self.assertEqual((revoked["kind"], revoked["number"]), ("revocation_list", number + 1))
        self.assertIn(first["serial"], [one["serial"] for one in revoked["entries"]])
        self.assertEqual(mode_of(self.at("revoked.list")), 0o644)
        out, error = self.kith(REFUSED, "show", "doomed.cert")
        self.assertIn("certificate of doomed: revoked", out)
        self.assertIn("kith trust request makes new keys", error)
        _, error = self.kith(REFUSED, "renew", "doomed.cert", "--passphrase-file", "-",
                             stdin=PASSPHRASE)
        self.assertIn("is revoked", error)
        self.assertEqual({one["state"] for one in self.listed() if one["service"] == "doomed"},
                         {"revoked"})
        text = self.kith(OK, "list")[0]
        self.assertTrue(text.startswith("SERVICE"), text)

    def test_two_do_not_revoke_at_once(self):
        held = os.open(self.directory, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            _, error = self.kith(CANNOT_RUN, "revoke", "payment.cert", "--passphrase-file", "-",
                                 stdin=PASSPHRASE)
        finally:
            os.close(held)
        self.assertIn("another kith trust revoke works in", error)

    def test_a_changed_revocation_list_counts_for_nothing(self):
        own = os.path.join(self.home, "own")
        self.kith(OK, "init", "--dir", own, "--passphrase-file", "-", stdin=PASSPHRASE)
        self.kith(OK, "request", "payment", "--dir", own)
        self.sign(os.path.join(own, "payment.req"), "--dir", own)
        certificate = os.path.join(own, "payment.cert")
        self.kith(OK, "revoke", certificate, "--dir", own, "--passphrase-file", "-",
                  stdin=PASSPHRASE)
        path = os.path.join(own, "revoked.list")
        octets = bytearray(octets_of(path))
        octets[-1] ^= 1
        with open(path, "w", encoding="ascii") as file:
            file.write(armoured("KITH REVOCATION LIST", bytes(octets)))
        for args in (("show", certificate), ("show", path), ("list",)):
            _, error = self.kith(REFUSED, *args, "--dir", own)
            self.assertIn("copy it anew", error)

    # The terminal.

    def typed(self, *lines, args):
        """What a terminal shows while these lines are typed, and the status."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            os.execve(KITH, [KITH, "trust", *args], self.environment())
        shown = b""
        left = list(lines)
        end = time.monotonic() + 60 * SLOWER
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 0.1)
            try:
                shown += os.read(terminal, 4096) if ready else b""
            except OSError:  # the other side is closed
                break
            if left and shown.count(b": ") > len(lines) - len(left):
                os.write(terminal, left.pop(0))
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return shown.decode(), os.waitstatus_to_exitcode(status)

    def test_a_terminal_shows_nothing_of_a_passphrase(self):
        own = os.path.join(self.home, "typed")
        passphrase = PASSPHRASE.encode()
        shown, status = self.typed(passphrase + b"\n", b"another one, mistaken\n",
                                   args=("init", "--dir", own))
        self.assertEqual(status, USAGE, shown)
        self.assertIn("two ways", shown)
        shown, status = self.typed(b"wrong\x15" + passphrase + b"X\x7f\n", passphrase + b"\n",
                                   args=("init", "--dir", own))
        self.assertEqual(status, OK, shown)
        self.assertNotIn("horse", shown)
        self.kith(OK, "request", "payment", "--dir", own)
        self.sign(os.path.join(own, "payment.req"), "--dir", own)
        shown, status = self.typed(b"corr\x03", args=("renew", os.path.join(own, "payment.cert"),
                                                      "--dir", own))
        self.assertEqual(status, INTERRUPTED, shown)


if __name__ == "__main__":
    unittest.main()
