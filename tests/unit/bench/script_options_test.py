#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""scripts/bench and scripts/test say what is wrong with their options before they build anything."""

import os
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import processes  # noqa: E402


def run(*command):
    done = processes.run(command, cwd=ROOT)
    return done.returncode, done.stdout, done.stderr


def driver(name, *options):
    return run(sys.executable, "-B", f"bench/driver/{name}.py", "--programs", "", *options)


class Bench(unittest.TestCase):
    def test_help_has_the_options_of_each_kind(self):
        for kind, option in ((), "--rounds"), (("--durable",), "--events"), (("--resilience",), "scenarios:"):
            status, out, _ = run("bash", "scripts/bench", *kind, "--help")
            self.assertEqual(status, 0)
            self.assertIn("scripts/bench [--peers]", out)
            self.assertIn(option, out)

    def test_right_options_need_no_programs_to_be_found_right(self):
        for name in "main", "durable", "resilience":
            self.assertEqual(driver(name, "--polite"), (0, "", ""))

    def test_wrong_options_are_refused(self):
        for name in "main", "durable", "resilience":
            self.assertEqual(driver(name, "--rouds", "3")[0], 2)
        for name in "main", "resilience":
            self.assertEqual(driver(name, "--only", "(")[0], 2)
            self.assertEqual(driver(name, "--contenders", "(")[0], 2)


class Test(unittest.TestCase):
    def test_an_option_without_its_value_is_refused(self):
        for option in "--label", "--preset", "-R", "--repeat":
            status, _, error = run("bash", "scripts/test", option)
            self.assertEqual(status, 2)
            self.assertIn(f"{option} needs a value", error)
            self.assertIn("usage: scripts/test", error)


if __name__ == "__main__":
    unittest.main()
