# SPDX-License-Identifier: MPL-2.0
"""The judge finds what it is there to find: one planted wrong at a time."""

import os
import re
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from judge import SqliteFile, judge  # noqa: E402
from plan import FAILPOINTS, plan  # noqa: E402

SOURCE = os.environ.get("KITH_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))

QUICK = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"  # nothing here has to last
LOG = ("CREATE TABLE kith_log(sequence INTEGER, topic TEXT, key TEXT);"
       "CREATE TABLE kith_log_extent(before_sequence INTEGER, last_sequence INTEGER);"
       "CREATE TABLE kith_cursor(sequence INTEGER);"
       "CREATE TABLE kith_dead_letter(topic TEXT, error TEXT);")
GOOD = {
    "order": LOG + (
        "CREATE TABLE orders(settled, captured, refunded); CREATE TABLE returns(settled, refunded);"
        "INSERT INTO orders VALUES(1, 500, 0), (1, 0, 0); INSERT INTO returns VALUES(1, 200);"
        "INSERT INTO kith_log VALUES(1, 'order.placed', 'a'), (2, 'order.placed', 'b'),"
        " (3, 'order.returned', 'r'), (4, 'order.settled', 'a'), (5, 'order.settled', 'b');"
        "INSERT INTO kith_log_extent VALUES(0, 5); INSERT INTO kith_cursor VALUES(3);"),
    "payment": LOG + (
        "CREATE TABLE charges(state); CREATE TABLE refunds(closed); CREATE TABLE open_effects(number);"
        "INSERT INTO charges VALUES('captured'), ('declined'); INSERT INTO refunds VALUES(1);"
        "INSERT INTO kith_log VALUES(1, 'payment.captured', 'a'), (2, 'payment.declined', 'b'),"
        " (3, 'payment.refunded', 'r');"
        "INSERT INTO kith_log_extent VALUES(0, 3); INSERT INTO kith_cursor VALUES(4);"),
    "gateway": (
        "CREATE TABLE requests(subject, approved, charged, given_back);"
        "INSERT INTO requests VALUES('a', 1, 500, 200), ('b', 0, 0, 0), ('', 1, 0, 0);"),
}
WRONG = (
    ("gateway", "INSERT INTO requests VALUES('a', 1, 500, 0)", "subjects, and answers of the gateway"),
    ("gateway", "UPDATE requests SET charged = 499 WHERE subject = 'a'", "money captured"),
    ("gateway", "UPDATE requests SET given_back = 0", "money given back"),
    ("order", "DELETE FROM kith_log WHERE sequence = 4", "the log of order has 4 events"),
    ("order", "UPDATE kith_log_extent SET last_sequence = 6", "the log of order"),
    ("order", "UPDATE kith_log SET key = 'a' WHERE sequence = 5", "order told order.settled of a 2 times"),
    ("order", "UPDATE kith_cursor SET sequence = 2", "and not 1 events behind it"),
    ("order", "UPDATE orders SET settled = 0", "orders and settled orders"),
    ("order", "DELETE FROM orders WHERE captured = 0", "orders and returns placed"),
    ("payment", "UPDATE kith_log SET key = 'a', topic = 'payment.captured' WHERE sequence = 2",
     "payment told payment.captured of a 2 times"),
    ("payment", "UPDATE charges SET state = 'claimed' WHERE state = 'declined'", "decided charges"),
    ("payment", "UPDATE refunds SET closed = 0", "closed refunds"),
    ("payment", "INSERT INTO open_effects VALUES(1)", "open effects: 1 and 0"),
    ("payment", "INSERT INTO kith_dead_letter VALUES('order.placed', 'no')", "a dead letter, order.placed"),
)


class Judge(unittest.TestCase):
    def verdict(self, wrong_in="", statement=""):
        with tempfile.TemporaryDirectory() as directory:
            files = []
            for name, script in GOOD.items():
                path = os.path.join(directory, name)
                connection = sqlite3.connect(path)
                connection.executescript(QUICK + script + (statement if name == wrong_in else ""))
                connection.close()
                files.append(SqliteFile(path))
            return list(judge(*files, 3))

    def test_what_is_right_is_right(self):
        self.assertEqual(self.verdict(), [])

    def test_each_wrong_is_found(self):
        for service, statement, said in WRONG:
            with self.subTest(statement):
                self.assertIn(said, "\n".join(self.verdict(service, statement)))


class Plan(unittest.TestCase):
    def test_one_seed_is_one_plan_and_hurts_everybody_in_every_way(self):
        def first(seed):
            return [fault for fault, _ in zip(plan(seed, 2), range(2000))]
        faults = first(1)
        self.assertEqual(faults, first(1))
        self.assertNotEqual(faults, first(2))
        self.assertEqual({fault.victim for fault in faults},
                         {"order-1", "order-2", "payment-1", "payment-2", "gateway-1"})
        self.assertEqual({fault.kind for fault in faults}, {"kill", "failpoint", "stop"})
        points = {(fault.victim.partition("-")[0], fault.failpoint.partition("=")[0])
                  for fault in faults if fault.failpoint}
        self.assertEqual(points, {(service, point) for service, all_of_it in FAILPOINTS.items()
                                  for point in all_of_it})

    def test_each_named_place_is_in_the_code(self):
        passed = set()
        for directory, _, names in os.walk(os.path.join(SOURCE, "core", "src")):
            for name in names:
                if name.endswith(".cpp"):
                    with open(os.path.join(directory, name), encoding="utf-8") as file:
                        passed.update(re.findall(r'pass_failpoint\("([\w.]+)"', file.read()))
        named = {point.partition(":")[0] for all_of_it in FAILPOINTS.values() for point in all_of_it}
        self.assertEqual(named, passed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
