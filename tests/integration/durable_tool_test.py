#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The commands `kith log`, `kith lag` and `kith dead` against real services."""

import json
import os
import signal
import sqlite3
import subprocess
import unittest

from shop import BIN, DOMAIN, Shop
from processes import SLOWER, Process, run, wait_until

OK, ANSWERED, USAGE, NOBODY, BEHIND = 0, 1, 2, 3, 8


class DurableTool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Shop()
        cls.processes = {name: cls.start_service(name) for name in ("post", "desk")}
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.shop.end()

    @classmethod
    def start_service(cls, name):
        return cls.shop.start_post(name, name)

    @classmethod
    def database(cls, name):
        return cls.shop.path(f"{name}.db")

    def command(self, *args):
        return [os.path.join(BIN, "kith"), *args]

    def environment(self):
        return {**os.environ, "KITH_DOMAIN": DOMAIN, "KITH_BEACON_PORT": str(self.shop.port)}

    def kith(self, status, *args):
        """Standard output and standard error of a command that ends with that status."""
        done = run(self.command(*args), 60, env=self.environment())
        self.assertEqual(done.returncode, status, done.stderr + done.stdout + self.shop.logs())
        return done.stdout, done.stderr

    def json(self, status, *args):
        return json.loads(self.kith(status, *args, "--json")[0])

    def send(self, text):
        """Gives the letter's number; each is two events."""
        DurableTool.number += 1
        body = json.dumps({"text": text, "number": self.number})
        self.kith(OK, "call", "post", "post.send", body, "--deadline", "5000")
        return self.number

    def read(self):
        with sqlite3.connect(self.database("desk"), timeout=10 * SLOWER) as look:
            return [row[0] for row in look.execute("SELECT number FROM read_letter")]

    def wait(self, done, what):
        wait_until(done, lambda: f"{what}\n{self.shop.logs()}", 30, 0.1)

    def wait_until_read(self, number):
        self.wait(lambda: number in self.read(), f"letter {number} was not read")

    def torn(self):
        """A dead letter; gives its id and the number of the torn letter."""
        number = self.send("torn")
        found = []

        def died():
            letters = self.json(OK, "dead", "ls", "desk")["letters"]
            found[:] = [one["id"] for one in letters if one["key"] == f"torn {number}"]
            return found

        self.wait(died, f"letter {number} did not die")
        return found[0], number

    def test_a_log_is_listed_and_shown(self):
        first = self.send("good")
        self.wait_until_read(first)
        row, = self.json(OK, "log", "ls", "post")["logs"]
        self.assertEqual((row["service"], row["instances"]), ("post", 1))
        self.assertEqual(row["status"]["last"], 2 * self.number)
        out, _ = self.kith(OK, "log", "ls")
        self.assertTrue(out.startswith("SERVICE  LOG"), out)
        self.assertIn("post ", out)
        self.wait(lambda: "desk" in self.kith(OK, "log", "ls", "post")[0], "desk does not read")

        out, _ = self.kith(OK, "log", "show", "post", "--topic", "post.sent", "--key",
                           f"good {first}")
        line, = out.splitlines()
        self.assertRegex(line, rf'^\S+Z #{2 * first - 1} post.sent \[good {first}\] '
                               rf'{{"text":"good","number":{first}}}$')
        out, error = self.kith(OK, "log", "show", "post", "--from", "2", "--limit", "1", "--json")
        event = json.loads(out)
        self.assertEqual((event["sequence"], event["topic"]), (2, "post.stamped"))
        self.send("good")
        out, error = self.kith(OK, "log", "show", "post", "--limit", "1")
        self.assertIn("go on with --from 2", error)
        out, _ = self.kith(OK, "log", "show", "post", "--last", "2", "--json")
        self.assertEqual([json.loads(one)["sequence"] for one in out.splitlines()],
                         [2 * self.number - 1, 2 * self.number])

    def test_a_log_can_be_followed(self):
        follower = Process(
            self.command("log", "show", "post", "--follow", "--topic", "post.sent", "--from",
                         str(2 * self.number + 1), "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment())
        number = self.send("good")
        event = json.loads(follower.stdout.readline())
        self.assertEqual(event["body"], {"text": "good", "number": number})
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=10 * SLOWER)
        self.assertEqual(follower.returncode, OK)

    def test_lag_is_shown(self):
        self.wait_until_read(self.send("good"))
        row, = self.json(OK, "lag", "desk")["rows"]
        self.assertEqual((row["of"], row["group"], row["service"], row["holder"]),
                         ("desk", "desk", "post", "desk-1"))
        self.assertEqual(row["trouble"], "none")
        out, _ = self.kith(OK, "lag")
        heading, line = out.splitlines()
        self.assertTrue(heading.startswith("GROUP  LOG"), out)
        self.assertTrue(line.startswith("desk "), out)
        self.assertEqual(out, self.kith(OK, "lag", "post")[0])

    def test_lag_tells_monitors(self):
        self.torn()
        self.kith(BEHIND, "lag", "--max-lag", "1000")
        self.kith(OK, "lag")
        self.kith(OK, "dead", "drop", "desk", "--all", "--yes")
        self.kith(OK, "lag", "--max-lag", "1000")

    def test_a_group_that_is_gone_is_known_to_the_log(self):
        self.wait_until_read(self.send("good"))
        self.wait(lambda: "desk" in self.kith(OK, "log", "ls", "post")[0], "desk does not read")
        self.processes["desk"].terminate()
        self.processes["desk"].wait(10 * SLOWER)
        try:
            row, = self.json(OK, "lag", "post")["rows"]
            self.assertEqual((row["group"], row["trouble"]), ("desk", "absent"))
        finally:
            self.processes["desk"] = self.start_service("desk")
            self.kith(OK, "ls", "desk")

    def test_a_group_that_lives_is_not_forgotten(self):
        _, error = self.kith(USAGE, "log", "forget", "post", "desk")
        self.assertIn("--yes", error)
        self.wait_until_read(self.send("good"))
        self.wait(lambda: "desk" in self.kith(OK, "log", "ls", "post")[0], "desk does not read")
        _, error = self.kith(ANSWERED, "log", "forget", "post", "desk", "--yes")
        self.assertIn("stop all its instances", error)
        _, error = self.kith(ANSWERED, "log", "forget", "post", "nobody", "--yes")
        self.assertIn("not_found", error)

    def test_a_dead_letter_is_shown_and_retried(self):
        letter, number = self.torn()
        out, _ = self.kith(OK, "dead", "ls", "desk")
        self.assertIn("is torn", out)
        out, _ = self.kith(OK, "dead", "show", "desk", str(letter))
        self.assertIn(f"letter {number} is torn", out)
        self.assertIn('"text": "torn"', out)
        shown = self.json(OK, "dead", "show", "desk", str(letter))
        self.assertEqual(shown["body"], {"text": "torn", "number": number})
        out, _ = self.kith(ANSWERED, "dead", "retry", "desk", str(letter))
        self.assertRegex(out, rf"^{letter} not applied, 3 attempts: .* is torn")
        self.assertNotIn(number, self.read())

        self.kith(OK, "call", "desk", "desk.glue")
        one, = self.json(OK, "dead", "retry", "desk", str(letter))["letters"]
        self.assertTrue(one["applied"])
        self.assertEqual(self.read().count(number), 1)
        out, _ = self.kith(ANSWERED, "dead", "retry", "desk", str(letter))
        self.assertIn("no dead letter", out)
        self.assertEqual(self.read().count(number), 1)
        self.processes["desk"].terminate()  # what was glued tears again
        self.processes["desk"].wait(10 * SLOWER)
        self.processes["desk"] = self.start_service("desk")

    def test_letters_are_dropped_by_name(self):
        letter, number = self.torn()
        other, _ = self.torn()
        for args in ((), ("--all",), (str(letter), "--all", "--yes"), ("--group", "desk")):
            self.kith(USAGE, "dead", "drop", "desk", *args)
        out, _ = self.kith(OK, "dead", "drop", "desk", str(letter))
        self.assertEqual(out, "dropped 1 letter\n")
        _, error = self.kith(ANSWERED, "dead", "drop", "desk", str(letter))
        self.assertIn(f"no dead letter {letter}", error)
        self.assertIn(other, [one["id"] for one in self.json(OK, "dead", "ls", "desk")["letters"]])
        self.kith(OK, "dead", "drop", "desk", "--all", "--yes")
        out, error = self.kith(OK, "dead", "ls", "desk")
        self.assertEqual((out, error), ("", "kith: no dead letters\n"))
        self.assertNotIn(number, self.read())

    def test_errors_say_what_is_not_there(self):
        self.kith(NOBODY, "dead", "ls", "nobody", "--timeout", "0.3")
        self.kith(NOBODY, "log", "show", "nobody", "--timeout", "0.3")
        self.kith(NOBODY, "lag", "nobody", "--timeout", "0.3")
        _, error = self.kith(ANSWERED, "dead", "ls", "post")
        self.assertIn("post has no inbox", error)
        _, error = self.kith(ANSWERED, "dead", "show", "desk", "999999")
        self.assertIn("no dead letter 999999", error)
        problem = self.json(ANSWERED, "dead", "show", "desk", "999999")["error"]
        self.assertEqual(problem["code"], "not_found")
        for args in (("dead",), ("log",), ("dead", "show", "desk"), ("dead", "retry", "desk"),
                     ("log", "show", "post", "--from", "1", "--last", "2"),
                     ("dead", "show", "desk", "x")):
            self.kith(USAGE, *args)

    def test_help_has_examples(self):
        for command in (("lag",), ("log", "ls"), ("log", "show"), ("dead", "ls"),
                        ("dead", "show"), ("dead", "retry"), ("dead", "drop")):
            out, _ = self.kith(OK, *command, "--help")
            self.assertIn("Examples:", out)
            self.assertIn("--insecure-lan", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
