# SPDX-License-Identifier: MPL-2.0
"""The two databases: made before anybody uses them, and asked about the money after everybody has
left. Their tables are described in services/order/order_schema.hpp and
services/payment/payment_schema.hpp."""

import os
import sqlite3

CACHE_PAGES = 64


def prepare(path):
    """A page cache of 256 KB for each connection, not 2 MB: it is full after seconds, not after ten
    thousand orders, which would look like a leak until then. The pragma is an old one, and the only
    one that a database keeps for those who open it."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA default_cache_size = {CACHE_PAGES}")
    connection.commit()
    connection.close()


def one_row(path, question):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(question).fetchone()
    finally:
        connection.close()


def compare(directory):
    """Lines, one for each thing that is wrong."""
    order = os.path.join(directory, "order.db")
    payment = os.path.join(directory, "payment.db")
    wrong = []
    for path in (order, payment):
        health, = one_row(path, "PRAGMA integrity_check")
        if health != "ok":
            wrong.append(f"{path}: {health}")
    orders, settled, captured = one_row(
        order, "SELECT count(*), sum(settled), sum(captured) FROM orders")
    returns, returned, given_back = one_row(
        order, "SELECT count(*), sum(settled), sum(refunded) FROM returns")
    charges, taken, refunded = one_row(
        payment, "SELECT count(*), sum(CASE state WHEN 'captured' THEN amount ELSE 0 END), "
                 "sum(refunded) FROM charges")
    refunds, closed, paid_back = one_row(
        payment, "SELECT count(*), sum(closed), sum(refunded) FROM refunds")
    for what, left, right in (
            ("orders and settled orders", orders, settled),
            ("returns and settled returns", returns, returned or 0),
            ("orders and charges", orders, charges),
            ("returns and refunds", returns, refunds),
            ("refunds and closed refunds", refunds, closed or 0),
            ("money that order and payment say was captured", captured, taken),
            ("money that order and payment say was given back", given_back or 0, paid_back or 0),
            ("refunds by charge and by return", refunded, paid_back or 0)):
        if left != right:
            wrong.append(f"the databases: {what}: {left} and {right}")
    return wrong
