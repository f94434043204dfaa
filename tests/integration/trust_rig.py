# SPDX-License-Identifier: MPL-2.0
"""Real services that know each other by certificates, from `kith trust init` on."""

import base64
import os
import shutil
import tempfile
import unittest

from shop import BIN
import audit
from processes import Process, end_all, free_udp_port, plain_environment, run, wait_until

OK, ANSWERED, NOBODY, NOT_DONE, CANNOT_RUN = 0, 1, 3, 4, 6
PASSPHRASE = "correct horse battery staple"
RIGHTS = {
    "order": ("--provides", "order", "--calls", "payment", "--publishes", "order.",
              "--subscribes", "payment."),
    "payment": ("--provides", "payment", "--calls", "order", "--publishes", "payment.",
                "--subscribes", "order.,payment."),  # and its own: instances hear each other
    "operator": ("--calls", "*,kith.", "--subscribes", "*,kith."),
    "guest": ("--calls", "order.get"),
}


def octets_of(path):
    with open(path, encoding="ascii") as file:
        return base64.b64decode("".join(file.read().splitlines()[1:-1]))


def z85_of(key):
    """As ZeroMQ writes a key."""
    digits = ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
              ".-:+=^!/*?&<>()[]{}@%$#")
    words = (int.from_bytes(key[i:i + 4], "big") for i in range(0, len(key), 4))
    return "".join(digits[word // 85 ** place % 85] for word in words for place in (4, 3, 2, 1, 0))


class TrustCase(unittest.TestCase):
    """Services of a domain, each with a trust directory of its own below `home`."""

    rights = RIGHTS
    services_to_start = ("order", "payment")

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="kith-trusted-")
        cls.home = cls.temporary.name
        cls.domain = f"trusted-{os.getpid()}"
        cls.port = str(free_udp_port())
        cls.root = os.path.join(cls.home, "root")
        cls.trust("init", "--domain", cls.domain)
        for name, rights in cls.rights.items():
            cls.trust("request", name)
            cls.trust("sign", f"{name}.req", *rights)
        for name in cls.rights:
            cls.share(name)
        cls.services = {name: cls.start(name) for name in cls.services_to_start}

    @classmethod
    def tearDownClass(cls):
        wrong = cls.audit() if cls.services else []
        wrong += end_all(cls.services.values())
        logs = cls.logs()
        cls.temporary.cleanup()
        if wrong:
            raise AssertionError("\n".join(wrong) + "\n" + logs)

    @classmethod
    def audit(cls):
        """What does not balance."""
        return audit.problems(*cls.flags("operator"), env=cls.environment())

    @classmethod
    def flags(cls, who):
        """How somebody finds the domain."""
        trusted = ("--trust", os.path.join(cls.home, who)) if who else ()
        return ("--domain", cls.domain, "--beacon-port", cls.port, *trusted)

    @classmethod
    def environment(cls, **more):
        return plain_environment(HOME=cls.home, **more)

    @classmethod
    def trust(cls, command, *args):
        with_root = ("--passphrase-file", "-") if command in ("init", "sign", "revoke") else ()
        done = run([os.path.join(BIN, "kith"), "trust", command, *args, *with_root], 60,
                   input=PASSPHRASE + "\n", env=cls.environment(KITH_TRUST=cls.root), cwd=cls.home)
        if done.returncode != OK:
            raise AssertionError(f"{command} {args}: {done.stderr}{done.stdout}")

    @classmethod
    def share(cls, name):
        """What belongs on the machine of that service; the certificates of all, since each calls."""
        there = os.path.join(cls.home, name)
        os.makedirs(there, mode=0o700, exist_ok=True)
        for file in ["root.pub", f"{name}.keys", *(f"{other}.cert" for other in cls.rights)]:
            shutil.copy2(os.path.join(cls.root, file), there)

    @classmethod
    def start(cls, service, *more):
        return Process([os.path.join(BIN, service), *cls.flags(service),
                        "--database", os.path.join(cls.home, f"{service}.db"),
                        "--ipc-dir", os.path.join(cls.home, "ipc"), *more],
                       os.path.join(cls.home, f"{service}.log"), env=cls.environment())

    @classmethod
    def logs(cls):
        text = ""
        for name in sorted(os.listdir(cls.home)):
            if name.endswith(".log"):
                with open(os.path.join(cls.home, name), encoding="utf-8") as file:
                    text += f"--- {name}\n{file.read()}"
        return text

    def kith(self, status, *args, who="operator", stdin=""):
        done = run([os.path.join(BIN, "kith"), *args, *self.flags(who)], 60, input=stdin,
                   env=self.environment())
        self.assertEqual(done.returncode, status, done.stderr + done.stdout + self.logs())
        return done.stdout, done.stderr

    def eventually(self, check, seconds=20):
        wait_until(check, self.logs, seconds, 0.2)
