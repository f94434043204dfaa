#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The launch file: what it means, and what is said when it is wrong."""

import json
import os
import sys
import tomllib
import unittest

sys.path.insert(0, os.path.join(os.environ["KITH_SOURCE_DIR"], "scripts", "launch"))

import launch_file  # noqa: E402
from toml_lines import lines_of  # noqa: E402

WRONG = [
    ("", "f.toml: no service: begin with [service.NAME]"),
    ("[service.order]\ninstance = 2", 'f.toml:2: unknown key "instance"; did you mean "instances"?'),
    ("\n[services.order]", 'f.toml:2: unknown key "services"; did you mean "service"?'),
    ("[order]", 'f.toml:1: unknown key "order"; a service is a table [service.order]'),
    ("[service.order]\nxylophone = 1", 'f.toml:2: unknown key "xylophone"'),
    ('[service.order]\nenv = {}', 'f.toml:2: unknown key "env"; did you mean "environment"?'),
    ('[service.order]\ninstances = "two"',
     'f.toml:2: instances = "two": it must be a whole number from 0 to 100'),
    ("[service.order]\ninstances = true",
     "f.toml:2: instances = true: it must be a whole number from 0 to 100"),
    ("[service.order]\ninstances = 101",
     "f.toml:2: instances = 101: it must be a whole number from 0 to 100"),
    ("name = 3", "f.toml:1: name = 3: it must be 1 to 64 letters, digits, dots, dashes and "
                 "underscores, a letter or digit first"),
    ('name = "../x"\n[service.a]', "a letter or digit first"),
    ('domain = ""\n[service.a]', "f.toml:1: domain = "),
    ("service = 3", "f.toml:1: service = 3: it must be a table: [service.NAME]"),
    ("[service]\norder = 3", "f.toml:2: order = 3: it must be a table: [service.order]"),
    ('[service."a b"]', 'f.toml:1: "a b" is no name of a service'),
    ('[service.a]\nprogram = ""', "f.toml:2: program = \"\": it must be a text that is not empty"),
    ('[service.a]\nready = "maybe"',
     'f.toml:2: ready = "maybe": it must be "notify" or "started"'),
    ("[service.a]\nargs = 'x'", 'f.toml:2: args = "x": it must be texts'),
    ("[service.a]\nargs = [\n  'x',\n  3,\n]", "f.toml:4: args: argument 2 must be a text"),
    ("[service.a]\nflags = { a = 1.5 }",
     "f.toml:2: a = 1.5: it must be a text, a whole number, or true or false"),
    ("[service.a.flags]\nb = 1\n--a = 1", 'f.toml:3: "--a" is no name of a flag'),
    ("[service.a.flags]\na_b = 1\na-b = 1", "f.toml:3: a-b is set already"),
    ("[service.a.flags]\na = []", "f.toml:2: a = ...: it must be texts or whole numbers"),
    ("[service.a.flags]\na = '{nmber}'",
     'f.toml:2: unknown placeholder {nmber}; did you mean "number"?'),
    ("[service.a]\nenvironment = { 'A=B' = '1' }", 'f.toml:2: "A=B" is no name of a variable'),
    ("[environment]\nA = [1]", "f.toml:2: A = ...: it must be a text"),
    ("a = 1\na = 2", "f.toml:2: Cannot overwrite a value: a = 2"),
    ("x = [", "f.toml:1: Invalid value: x = ["),
    ("\n[service.a\n", "f.toml:2: "),
    ("[service.a]\nflags = { a = 1,\n b = 2 }",
     "{ ... } ends on the line where it begins, a table [heading] may be longer: flags = { a = 1,"),
]


def parse(text):
    return launch_file.parse("f.toml", text)


class LaunchFile(unittest.TestCase):
    def complaint(self, text):
        with self.assertRaises(launch_file.FileError) as caught:
            parse(text)
        return str(caught.exception)

    def test_what_is_wrong_is_named_with_line_and_nearest_right_key(self):
        for text, said in WRONG:
            with self.subTest(text):
                self.assertIn(said, self.complaint(text))
                self.assertTrue(self.complaint(text).startswith("f.toml:"))

    def test_a_file_that_cannot_be_read_is_named(self):
        for path, said in (("/nowhere/f.toml", "cannot read /nowhere/f.toml: No such file"),
                           ("/proc", "cannot read /proc: Is a directory")):
            with self.assertRaisesRegex(launch_file.FileError, said):
                launch_file.read(path)

    def test_defaults(self):
        service, = parse("[service.order]").services
        self.assertEqual((service.name, service.program, service.instances, service.ready),
                         ("order", "order", 1, "notify"))
        self.assertEqual(service.arguments({}), [])
        self.assertEqual(parse("[service.order]").name, "f")
        self.assertEqual(parse("name = 'shop'\n[service.order]").name, "shop")

    def test_the_time_to_stop_is_longer_than_the_time_to_drain(self):
        for text, stop_ms in (("", 10_000), ("drain_ms = 30000", 35_000), ("drain-ms = 0", 5_000)):
            service, = parse(f"[service.a.flags]\n{text}").services
            self.assertEqual(service.stop_ms, stop_ms)
        service, = parse("[service.a]\nstop_ms = 7\nflags = { drain_ms = 9 }").services
        self.assertEqual(service.stop_ms, 7)

    def test_arguments_come_before_flags_which_are_joined(self):
        service, = parse("""[service.a]
            args = ["serve", "--port=555{number}"]
            [service.a.flags]
            heartbeat_ms = 300
            insecure_lan = true
            beacon = false
            seed = ["a", "b"]
            database = "{run}/{service}.db"
            zone = "-x"
            """).services
        values = {"run": "/r", "service": "a", "instance": "a-2", "number": 2}
        self.assertEqual(service.arguments(values), [
            "serve", "--port=5552", "--heartbeat-ms=300", "--insecure-lan", "--beacon=false",
            "--seed=a", "--seed=b", "--database=/r/a.db", "--zone=-x"])

    def test_braces_that_are_no_placeholder_are_left_alone(self):
        service, = parse("""[service.a]
            args = ['{"a":{"b":1}}', "{{run}}", "{}", "{ run }", "{instance}"]""").services
        self.assertEqual(service.arguments({"instance": "a-1"}),
                         ['{"a":{"b":1}}', "{run}", "{}", "{ run }", "a-1"])

    def test_the_environment_of_a_service_wins_over_that_of_the_file(self):
        read = parse("""domain = "plant"
            environment = { A = "file", KITH_ZONE = "z" }
            [service.a]
            environment = { A = "service {instance}", B = 2, C = true }
            [service.b]
            environment = { KITH_DOMAIN = "other" }""")
        self.assertEqual(read.services[0].filled_environment({"instance": "a-1"}), {
            "KITH_DOMAIN": "plant", "A": "service a-1", "B": "2", "C": "true", "KITH_ZONE": "z"})
        self.assertEqual(read.services[1].environment["KITH_DOMAIN"], "other")

    def test_the_example_has_the_ports_that_the_example_of_a_prometheus_asks(self):
        root = os.environ["KITH_SOURCE_DIR"]
        shop = launch_file.read(os.path.join(root, "examples", "shop.toml"))
        ports = [launch_file.fill(text, {"number": number}) for service in shop.services
                 for number in range(1, service.instances + 1) for text in service.flags["admin"]]
        with open(os.path.join(root, "packaging", "prometheus", "prometheus.yml")) as file:
            self.assertIn(f"targets: {json.dumps(ports)}\n", file.read())


class TomlLines(unittest.TestCase):
    TEXT = '''# a [comment] = "x"
a = "# no comment" # one
b.c = 1_000
"d e".'f' = [ 1, # one ]
  [ 2, "]" ], { g = 3, h = "}" } ]
i = """
j = 1
\\""" [k]
"""
l = \'\'\'
[m]\'\'\'
[n . "o"]
p = { q = 1979-05-27 07:32:00, r = { s = 1.5 } }
[[t]]
u = true
[[t]]
u = \'\'
'''

    def paths(self, value, path=()):
        for key, one in (value.items() if isinstance(value, dict) else enumerate(value)):
            yield path + (key,)
            if isinstance(one, (dict, list)):
                yield from self.paths(one, path + (key,))

    def test_every_key_has_its_line(self):
        lines = lines_of(self.TEXT)
        without_tables = {path for path in self.paths(tomllib.loads(self.TEXT)) if path[0] != "t"}
        self.assertEqual({path for path in lines if path[0] != "t"}, without_tables)
        for path, line in (
                (("a",), 2), (("b", "c"), 3), (("d e", "f"), 4), (("d e", "f", 1), 5),
                (("d e", "f", 1, 1), 5), (("d e", "f", 2, "h"), 5), (("i",), 6), (("l",), 10),
                (("n", "o"), 12), (("n", "o", "p", "r", "s"), 13), (("t",), 14), (("t", "u"), 15)):
            self.assertEqual(lines[path], line, path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
