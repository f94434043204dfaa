#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""scripts/bench and scripts/test say what is wrong with their options before they build anything."""

import contextlib
import importlib
import io
import os
import sys
import unittest
from unittest import mock

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
sys.path.insert(0, os.path.join(ROOT, "bench", "driver"))
import processes  # noqa: E402


def run(*command):
    done = processes.run(command, cwd=ROOT)
    return done.returncode, done.stdout, done.stderr


def driver(name, *options):
    """As a process of its own would do it, in this one."""
    said, complained = io.StringIO(), io.StringIO()
    with (mock.patch.object(sys, "argv", [name, "--programs", "", *options]),
          contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained)):
        try:
            status = importlib.import_module(name).main()
        except SystemExit as end:
            status = end.code
    return status, said.getvalue(), complained.getvalue()


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

    def test_what_cannot_be_meant_is_refused_before_anything_is_built(self):
        for words, said in ((("--bogus",), "unknown argument --bogus"), (("unit",), "unknown argument unit"),
                            (("--label", "units"), "no kind is called units"),
                            (("--preset", "fast"), "no preset with tests is called fast"),
                            (("--repeat", "often"), "--repeat takes a number")):
            status, _, error = run("bash", "scripts/test", *words)
            self.assertEqual(status, 2)
            self.assertIn(f"test: {said}", error)


if __name__ == "__main__":
    unittest.main()
