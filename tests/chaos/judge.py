# SPDX-License-Identifier: MPL-2.0
"""The judgement when everybody has left: orders in are orders settled, each was charged exactly once,
logs have no holes, and each event had its effect exactly once. It knows the tables, and nothing of
how the services work."""

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import run  # noqa: E402


HEARD_BY_PAYMENT = ("order.placed", "order.cancelled", "order.returned")
TOLD_BY_PAYMENT = ("payment.captured", "payment.declined", "payment.refunded")


class SqliteFile:
    def __init__(self, path):
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def rows(self, question):
        return self._connection.execute(question).fetchall()

    def trouble(self):
        health, = self.rows("PRAGMA integrity_check")[0]
        return [] if health == "ok" else [health]


class Postgres:
    def __init__(self, url):
        self._command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator=\t",
                         "--dbname", url, "--command"]

    def rows(self, question):
        done = run([*self._command, question], 60, check=True)
        return [tuple(int(cell) if cell.lstrip("-").isdigit() else cell for cell in line.split("\t"))
                for line in done.stdout.splitlines()]

    def trouble(self):
        return []


def one(database, question):
    """One number; what a sum over nothing is, is 0."""
    return database.rows(question)[0][0] or 0


def contiguous(name, database):
    """A log's numbers are 1 to its last, each once."""
    count, last = database.rows("SELECT count(*), max(sequence) FROM kith_log")[0]
    stated = one(database, "SELECT last_sequence FROM kith_log_extent")
    before = one(database, "SELECT before_sequence FROM kith_log_extent")
    if before + count != (last or 0) or (last or 0) != stated:
        yield f"the log of {name} has {count} events behind {before}, up to {last}, and says {stated}"


def once(name, database, topics):
    """No key has an event of one topic twice."""
    for topic in topics:
        for key, count in database.rows(
                f"SELECT key, count(*) FROM kith_log WHERE topic = '{topic}' "
                "GROUP BY key HAVING count(*) > 1 LIMIT 3"):
            yield f"{name} told {topic} of {key} {count} times"


def applied(name, database, other, owner, topics):
    """The group has applied what it wants of the other log, and put nothing aside."""
    at = one(database, "SELECT max(sequence) FROM kith_cursor")
    wanted = ", ".join(f"'{topic}'" for topic in topics)
    left = one(owner, f"SELECT count(*) FROM kith_log WHERE sequence > {at} AND topic IN ({wanted})")
    if left:
        yield f"{name} has applied the log of {other} up to {at}, and not {left} events behind it"
    dead = database.rows("SELECT topic, error FROM kith_dead_letter LIMIT 3")
    for topic, error in dead:
        yield f"{name} has a dead letter, {topic}: {error}"


def judge(order, payment, gateway, placed):
    """Lines, one for each thing that is wrong. `placed`: the orders and returns that the client placed."""
    for name, database in (("order", order), ("payment", payment), ("gateway", gateway)):
        yield from (f"the database of {name}: {line}" for line in database.trouble())
    yield from contiguous("order", order)
    yield from contiguous("payment", payment)
    yield from once("order", order, (*HEARD_BY_PAYMENT, "order.settled", "order.return_settled"))
    yield from once("payment", payment, TOLD_BY_PAYMENT)
    yield from applied("payment", payment, "order", order, HEARD_BY_PAYMENT)
    yield from applied("order", order, "payment", payment, TOLD_BY_PAYMENT)
    orders = one(order, "SELECT count(*) FROM orders")
    returns = one(order, "SELECT count(*) FROM returns")
    answered = "SELECT count(*) FROM requests WHERE subject <> ''"
    for what, left, right in (
            ("orders and returns placed, and those that order has", placed, orders + returns),
            ("orders and settled orders", orders,
             one(order, "SELECT count(*) FROM orders WHERE settled = 1")),
            ("returns and settled returns", returns,
             one(order, "SELECT count(*) FROM returns WHERE settled = 1")),
            ("orders and decided charges", orders,
             one(payment, "SELECT count(*) FROM charges WHERE state IN ('captured', 'declined')")),
            ("returns and closed refunds", returns,
             one(payment, "SELECT count(*) FROM refunds WHERE closed = 1")),
            ("open effects", one(payment, "SELECT count(*) FROM open_effects"), 0),
            ("orders, and subjects that the gateway answered for", orders, one(
                gateway, "SELECT count(DISTINCT subject) FROM requests WHERE subject <> ''")),
            ("subjects, and answers of the gateway", orders, one(gateway, answered)),
            ("captured charges, and approved ones at the gateway",
             one(payment, "SELECT count(*) FROM charges WHERE state = 'captured'"),
             one(gateway, answered + " AND approved = 1")),
            ("money captured, at order and at the gateway",
             one(order, "SELECT sum(captured) FROM orders"),
             one(gateway, "SELECT sum(charged) FROM requests")),
            ("money given back, at order and at the gateway",
             one(order, "SELECT sum(refunded) FROM orders") +
             one(order, "SELECT sum(refunded) FROM returns"),
             one(gateway, "SELECT sum(given_back) FROM requests"))):
        if left != right:
            yield f"{what}: {left} and {right}"
