#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Settings as a stranger meets them: what each program says to a wrong one, and its exit status."""

import os
import socket
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import BIN, free_udp_port, plain_environment, run  # noqa: E402

NAMES = "it must be 1 to 64 letters, digits, dots, dashes and underscores"

# Program and arguments, variables, what is said.
WRONG = [
    ("order --hartbeat-ms 3", {}, "--hartbeat-ms: unknown flag; did you mean --heartbeat-ms?"),
    ("order --heartbeat-ms 3x", {}, '--heartbeat-ms: heartbeat_ms = "3x": it must be a whole number'),
    ("order --zone", {}, "--zone"),
    ("order extra", {}, 'unexpected argument "extra"'),
    ("order --heartbeat-ms 99999999999", {}, "it must be a whole number, 10 to 60000"),
    ("order --config nowhere.toml", {}, "--config: cannot read nowhere.toml: No such file"),
    ("order --config .", {}, "--config: cannot read .: it is a directory"),
    ("payment --print-config", {"KITH_CONFIG": "."}, "KITH_CONFIG: cannot read .: it is a directory"),
    ("kith ls", {"KITH_CONFIG": "."}, "KITH_CONFIG: cannot read .: it is a directory"),
    ("storefront", {"KITH_CONFIG": "."}, "KITH_CONFIG: cannot read .: it is a directory"),
    ("order --config wrong.toml", {}, 'wrong.toml:2: unknown setting "zoone"; did you mean zone?'),
    ("order", {"KITH_CONFIG": "wrong.toml"}, "wrong.toml:2: unknown setting"),
    ("order", {"KITH_HEARTBEAT": "3"}, "KITH_HEARTBEAT: unknown variable; did you mean KITH_HEARTBEAT_MS?"),
    ("order --domain a/b", {}, f'--domain: domain = "a/b": {NAMES}'),
    ("order --listen tcp://0.0.0.0:5555", {}, "accept it with --insecure-lan"),
    ("payment --sandbox-keys 0", {}, '--sandbox-keys: sandbox_keys = "0": it must be 1 to 10000000'),
    ("payment --gateway bank", {}, '--gateway: gateway = "bank": it must be service or sandbox'),
    ("payment --config bank.toml", {}, 'bank.toml:2: gateway = "bank": it must be service or sandbox'),
    ("payment", {"KITH_SANDBOX_KEYS": "many"}, 'KITH_SANDBOX_KEYS: sandbox_keys = "many"'),
    ("storefront --domain a/b --generate 1", {}, f'domain = "a/b": {NAMES}'),
    ("storefront --generate 1", {"KITH_DOMAIN": "a/b"}, f'domain = "a/b": {NAMES}'),
    ("storefront --generate 1", {"KITH_BEACON_PRT": "1"},
     "KITH_BEACON_PRT: unknown variable; did you mean KITH_BEACON_PORT?"),
    ("storefront --beacon-port 0", {}, '--beacon-port: beacon_port = "0": it must be 1 to 65535'),
    ("storefront --config wrong.toml", {}, "wrong.toml:2: unknown setting"),
    ("storefront --bogus", {}, "--bogus"),
    ("storefront --orders nowhere.csv", {}, "cannot read nowhere.csv"),
    ("kith ls --domain a/b", {}, f'--domain: domain = "a/b": {NAMES}'),
    ("kith ls", {"KITH_CONFIG": "wrong.toml"}, "wrong.toml:2: unknown setting"),
    ("kith ls", {"KITH_BEACON_PRT": "1"}, "KITH_BEACON_PRT: unknown variable; did you mean KITH_BEACON_PORT?"),
    ("kith ls --bogus", {}, "--bogus"),
]


class Settings(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="kith-settings-")
        self.addCleanup(self.directory.cleanup)
        self.write("bank.toml", 'weight = 7\ngateway = "bank"\n')
        self.write("wrong.toml", 'weight = 7\nzoone = "x"\n')

    def write(self, name, text):
        with open(os.path.join(self.directory.name, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_program(self, line, **variables):
        program, *args = line.split()
        return run([os.path.abspath(os.path.join(BIN, program)), *args], cwd=self.directory.name,
                   env=plain_environment(**variables))

    def test_what_is_wrong_is_said_and_the_status_is_2(self):
        for line, variables, said in WRONG:
            with self.subTest(line, **variables):
                done = self.run_program(line, **variables)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(said, done.stderr)

    def test_a_port_that_is_taken_is_said_with_what_to_do(self):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            tcp.listen()
            udp.bind(("0.0.0.0", 0))
            inbox = f"127.0.0.1:{tcp.getsockname()[1]}"
            beacon = str(udp.getsockname()[1])
            for line, status, said in (
                    (f"order --listen tcp://{inbox}", 1, f"cannot bind tcp://{inbox}: address in use by pid"),
                    (f"order --admin {inbox}", 1, f"address in use by pid {os.getpid()} (python3"),
                    (f"order --admin {inbox}", 1, "name another port with --admin"),
                    (f"kith web --listen {inbox}", 6, "takes a free port"),
                    (f"kith ls --beacon-port {beacon} --timeout 0.1", 3, f"UDP port {beacon} alone: ss ")):
                with self.subTest(line):
                    done = self.run_program(line)
                    self.assertEqual(done.returncode, status, done.stderr)
                    self.assertIn(said, done.stderr)

    def test_what_a_service_is_told_of_pages_and_spans_is_not_for_the_command(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            there = f"127.0.0.1:{taken.getsockname()[1]}"
            self.write("service.toml", f'admin = "{there}"\ntrace_collector = "{there}"\n')
            for variables in ({"KITH_ADMIN": there, "KITH_TRACE_COLLECTOR": there},
                              {"KITH_CONFIG": "service.toml"}):
                with self.subTest(**variables):
                    done = self.run_program(f"kith ls --beacon-port {free_udp_port()} --timeout 0.1",
                                            **variables)
                    self.assertEqual(done.returncode, 3, done.stderr)

    def test_a_database_that_cannot_be_is_said_with_what_to_do(self):
        for path, said in (("/nowhere/x.db", "make it first"),
                           ("wrong.toml", "not an SQLite database"), (".", "Is a directory")):
            with self.subTest(path):
                done = self.run_program(f"payment --database {path}")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertIn("--database PATH puts it elsewhere", done.stderr)

    def test_print_config_says_where_each_value_came_from(self):
        self.write("right.toml", 'zone = "rack-7"\nweight = 7\n')
        done = self.run_program("payment --config right.toml --weight 9 --sandbox-keys 500 --print-config",
                                KITH_DRAIN_MS="100")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.settings(done)
        for key, value, origin in (
                ("zone", '"rack-7"', "right.toml:1"), ("weight", "9", "--weight"),
                ("drain_ms", "100", "KITH_DRAIN_MS"), ("heartbeat_ms", "300", "default"),
                ("sandbox_keys", "500", "--sandbox-keys"), ("gateway", '"sandbox"', "default")):
            self.assertEqual(shown[key], [value, "#", origin])

    def test_programs_without_a_service_print_it_too(self):
        for program in ("kith ls", "storefront"):
            with self.subTest(program):
                done = self.run_program(f"{program} --domain a --print-config", KITH_SEED="[::1]:5555",
                                        KITH_ADMIN="127.0.0.1:1")
                self.assertEqual(done.returncode, 0, done.stderr)
                shown = self.settings(done)
                for key, value, origin in (("domain", '"a"', "--domain"), ("admin", '""', "program"),
                                           ("seed", '"[::1]:5555"', "KITH_SEED")):
                    self.assertEqual(shown[key], [value, "#", origin])

    @staticmethod
    def settings(done):
        """The printed ones: what each is, "#", and where it came from."""
        return {key: rest.split() for key, rest in
                (line.split(" = ") for line in done.stdout.splitlines())}


if __name__ == "__main__":
    unittest.main(verbosity=2)
