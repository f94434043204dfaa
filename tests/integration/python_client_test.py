#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The proof that docs/protocol.md and docs/discovery.md are enough: kith1.py, written from these
pages, is a client of the real services. It places an order, hears of its settlement, and
misbehaves in every way it can, while a well-behaved link must not notice."""

import os
import socket
import time
import unittest

import zmq

import kith1
from kith1 import ANSWERED, NOT_SENT, SLOWER, CallError, Refused, Subscription, pack, unpack
from shop import DOMAIN, Shop, order

DEADLINE_EXCEEDED = 3
MALFORMED, TOO_LARGE, UNSUPPORTED_VERSION, STALE, WRONG_DOMAIN, NOT_GREETED = 20, 21, 22, 24, 26, 27
LONGEST_BODY = 4 * 1024 * 1024
UNKNOWN_METHOD, BAD_PAYLOAD, NOT_FOUND, INVALID_ARGUMENT = 40, 41, 43, 44


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = shop = Shop()
        try:
            shop.start("payment")
            shop.start("order")
            shop.order = shop.beacons.find(DOMAIN, "order")
            shop.payment = shop.beacons.find(DOMAIN, "payment")
            cls.good = shop.link().greet(expected=shop.order.node_id)
        except BaseException as failed:
            raise AssertionError(shop.close()) from failed

    @classmethod
    def tearDownClass(cls):
        cls.good.close()
        cls.shop.end()

    def setUp(self):
        self.assert_others_unaffected()

    def tearDown(self):
        self.assert_others_unaffected()

    def assert_others_unaffected(self):
        """The well-behaved link gets a pong and an answer at once."""
        self.assertIsNotNone(self.good.ping(limit=1.0 * SLOWER))
        begin = time.monotonic()
        page = self.good.call("order.list", {"limit": 1})
        self.assertIn("orders", page)
        self.assertLess(time.monotonic() - begin, 1.0 * SLOWER)

    def assert_call_fails(self, code, outcome, where, call):
        with self.assertRaises(CallError) as caught:
            call()
        self.assertEqual((caught.exception.code, caught.exception.outcome, caught.exception.where),
                         (code, outcome, where), caught.exception)

    def assert_link_refused(self, code, link, *frames):
        """Told once why, and then ignored."""
        link.send(*frames)
        refusal = link.receive(kith1.REFUSE)
        self.assertIsNotNone(refusal, "it was not refused")
        self.assertEqual(refusal[1], code, refusal)
        self.assertTrue(refusal[2], "no reason")
        link.send_hello()
        self.assertIsNone(link.receive(kith1.WELCOME, kith1.REFUSE, limit=0.3))


class Discovery(ClientTest):
    def test_a_beacon_says_who_is_there(self):
        beacon = self.shop.order
        self.assertEqual(beacon.ttl_ms, 5000)
        self.assertTrue(beacon.inbox.startswith("tcp://127.0.0.1:"))
        again = self.shop.beacons.find(DOMAIN, "order")
        self.assertEqual(again.node_id, beacon.node_id)
        self.assertGreater(again.sequence, beacon.sequence)

    def test_welcome_describes_the_node(self):
        peer = self.good.peer
        self.assertEqual(peer.node_id, self.shop.order.node_id)
        self.assertEqual(peer.incarnation, self.shop.order.incarnation)
        self.assertEqual((peer.domain, peer.service), (DOMAIN, "order"))
        self.assertIn("order.place", [name for name, _ in peer.methods])
        self.assertIn("order.settled", [name for name, _ in peer.topics])
        self.assertFalse([name for name, _ in peer.methods if name.startswith("kith.")])

    def test_a_node_dials_whoever_sends_a_beacon_and_expects_that_node(self):
        inbox = self.shop.context.socket(zmq.ROUTER)
        port = inbox.bind_to_random_port("tcp://127.0.0.1")
        me = kith1.random_id()
        address = f"tcp://127.0.0.1:{port}"
        try:
            self.shop.beacons.send(
                kith1.Beacon.encode(me, 1, 0, DOMAIN, "snake", "snake-1", address))
            self.assertTrue(inbox.poll(int(3000 * SLOWER)), "nobody dialled")
            sender, packet = inbox.recv_multipart()
            hello = kith1.envelopes_of(packet)[0]
            self.assertEqual((hello[0], hello[4]), (kith1.HELLO, me))
            self.assertLessEqual(hello[1], 1)
            self.assertGreaterEqual(hello[2], 1)
            myself = kith1.description(DOMAIN, me, service="snake", instance="snake-1",
                                       inbox=address)
            inbox.send_multipart([sender, pack([kith1.WELCOME, 1, myself, b"", b""])])
            kinds = [e[0] for e in self.packet_of(inbox, sender)]
            self.assertEqual(kinds, [kith1.PING])
            inbox.send_multipart([sender, pack([kith1.GOODBYE, "that was all"])])
        finally:
            inbox.close(0)

    def packet_of(self, inbox, sender):
        while inbox.poll(int(3000 * SLOWER)):
            who, packet = inbox.recv_multipart()
            if who == sender:
                return kith1.envelopes_of(packet)
        return []

    def test_octets_that_are_no_beacon_are_ignored(self):
        good = kith1.Beacon.encode(kith1.random_id(), 1, 0, DOMAIN, "x", "x-1", "tcp://127.0.0.1:1")
        for bad in (b"", b"\x80", b"KITH", good[:-3], b"X" + good[1:], good + b"\0" * 600,
                    good.replace(b"tcp:", b"ftp:"), good.replace(b"x-1", b"x\n1")):
            self.shop.beacons.send(bad)


class Calls(ClientTest):
    def test_an_order_is_placed_read_back_and_heard_to_be_settled(self):
        events = Subscription(self.shop.context, self.good.peer.outlet, "order.settled")
        try:
            before = events.last.get("order.settled", 0)
            placed = self.good.call("order.place", order("python-1"), key="python-1")
            self.assertEqual(placed["total"], {"ten_thousandths": 51000, "currency": "GBP"})
            read = self.good.call("order.get", {"id": placed["id"]})
            self.assertEqual((read["key"], read["customer"]), ("python-1", "17850"))
            self.assertEqual(read["lines"][0]["stock_code"], "85123A")
            topic, sequence, settled = events.next(lambda t, s, body: body["id"] == placed["id"])
            self.assertEqual(topic, "order.settled")
            self.assertGreater(sequence, before)
            self.assertIn(settled["state"], ("paid", "declined"))
            again = self.good.call("order.get", {"id": placed["id"]})
            self.assertEqual(again["state"], settled["state"])
            same = self.good.call("order.place", order("python-1"))
            self.assertEqual(same["id"], placed["id"])
            end = time.monotonic() + 4 * SLOWER
            while not events.idle_heads and time.monotonic() < end:
                events.pump(0.5)
            self.assertEqual(events.idle_heads[0], ("order.settled", events.last["order.settled"]))
            self.assertEqual(events.lost.get("order.settled", 0), 0)
            payment = self.shop.link(self.shop.payment).greet()
            with payment:
                charge = payment.call("payment.get", {"order_id": placed["id"]})
            self.assertEqual(charge["state"], "captured" if settled["state"] == "paid" else "declined")
        finally:
            events.close()

    def test_a_batch_is_answered_call_by_call(self):
        ids, packet = [], b""
        for _ in range(5):
            call_id, envelope = self.good.request("order.list", pack({"limit": 1}))
            ids.append(call_id)
            packet += pack(envelope)
        self.good.send(packet)
        for call_id in ids:
            self.assertIn("orders", self.good.answer_to(call_id))

    def test_a_large_order_travels(self):
        lines = [{"stock_code": f"S{i}", "description": "x" * 100, "quantity": 1,
                  "unit_price": {"ten_thousandths": 1, "currency": "GBP"}} for i in range(1000)]
        placed = self.good.call("order.place", order("python-large", lines=lines))
        self.assertEqual(placed["line_count"], 1000)

    def test_reserved_methods_are_served(self):
        node = self.good.call("kith.describe", {})
        self.assertEqual(node["self"]["instance"], self.good.peer.instance)
        self.assertIn("order.get", [m["name"] for m in node["methods"]])
        members = self.good.call("kith.members", {})["members"]
        self.assertIn("payment", [m["service"] for m in members])
        self.assertTrue(self.good.call("kith.books", {})["accounts"])

    def test_fields_and_kinds_of_later_versions_are_skipped(self):
        call_id, envelope = self.good.request("order.list", pack({"limit": 1, "later": [1]}))
        self.good.send(pack([99, "later"]) + pack([14, 5]) + pack(envelope + [0, False, "", {"more": 1}]))
        self.assertIn("orders", self.good.answer_to(call_id))

    def test_a_stream_keeps_to_its_credit(self):
        call_id, envelope = self.good.request("order.watch", pack({"customer": "watched"}))
        self.good.send(pack(envelope + [1]))
        self.assertEqual(self.good.receive(kith1.CREDIT)[1:], [call_id, 0])
        item = self.good.receive(kith1.ITEM)
        self.assertEqual((item[1], unpack(item[2])["topic"]), (call_id, ""))
        placed = self.good.call("order.place", order("watched-1", customer="watched"))
        self.assertIsNone(self.good.receive(kith1.ITEM, limit=0.3))
        self.good.send(pack([kith1.CREDIT, call_id, 1]))
        item = self.good.receive(kith1.ITEM)
        self.assertEqual(unpack(item[2])["topic"], "order.placed")
        self.assertEqual(unpack(item[2])["id"], placed["id"])
        self.good.send(pack([kith1.CANCEL, call_id]))
        unheard = self.good.call("order.place", order("watched-2", customer="watched"))
        self.good.send(pack([kith1.CREDIT, call_id, 1]))
        self.assertIsNone(self.good.receive(kith1.ITEM, limit=0.3))
        with self.assertRaises(CallError) as caught:
            self.good.call("order.watch", {})
        self.assertEqual((caught.exception.code, caught.exception.where),
                         (INVALID_ARGUMENT, "window"))
        end = time.monotonic() + 20 * SLOWER  # others here count what is settled
        for one in (placed, unheard):
            while self.good.call("order.get", {"id": one["id"]})["state"] == "placed":
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)

    def test_a_cancel_of_nothing_is_ignored(self):
        self.good.send(pack([kith1.CANCEL, 2**64 - 1]))

    def test_unknown_method(self):
        self.assert_call_fails(UNKNOWN_METHOD, NOT_SENT, "",
                               lambda: self.good.call("order.burn", {}))

    def test_what_does_not_exist(self):
        self.assert_call_fails(NOT_FOUND, ANSWERED, "",
                               lambda: self.good.call("order.get", {"id": "none"}))

    def test_another_life_of_the_node(self):
        life = self.good.peer.incarnation - 1
        self.assert_call_fails(STALE, NOT_SENT, "",
                               lambda: self.good.call("order.get", {"id": "1"}, target=life))

    def test_no_time_left(self):
        self.assert_call_fails(DEADLINE_EXCEEDED, NOT_SENT, "",
                               lambda: self.good.call("order.get", {"id": "1"}, time_left_ms=0))

    def test_values_out_of_range_name_the_field(self):
        self.assert_call_fails(
            INVALID_ARGUMENT, ANSWERED, "lines[0].quantity",
            lambda: self.good.call("order.place", order("python-bad", quantity=0)))

    def test_bad_payloads_name_the_field(self):
        cut = pack({"id": "42"})[:-1]
        deep = order("k")
        deep["lines"][0]["unit_price"]["currency"] = 5
        missing = order("k")
        del missing["lines"][0]["quantity"]
        for body, method, where in (
            (b"", "order.get", ""),
            (b"\xc1", "order.get", ""),
            (cut, "order.get", ""),
            (pack({"id": "42"}) + b"\xc0", "order.get", ""),
            (b"\xdd\xff\xff\xff\xff", "order.get", ""),
            (b"\x91" * 100 + b"\xc0", "order.get", ""),
            (pack([1, 2]), "order.get", ""),
            (pack({}), "order.get", "id"),
            (pack({"id": 42}), "order.get", "id"),
            (pack({"id": b"42"}), "order.get", "id"),
            (pack({"id": None}), "order.get", "id"),
            (b"\x81\xa2id\xa2\xc3(", "order.get", "id"),
            (b"\x82\xa2id\xa142\xa2id\xa142".replace(b"\xa142", b"\xa242"), "order.get", "id"),
            (pack({"limit": 1.0}), "order.list", "limit"),
            (pack({"limit": 2**31}), "order.list", "limit"),
            (pack({"state": "lost"}), "order.list", "state"),
            (pack(missing), "order.place", "lines[0].quantity"),
            (pack(deep), "order.place", "lines[0].unit_price.currency"),
        ):
            with self.subTest(body=body[:40], method=method):
                self.assert_call_fails(BAD_PAYLOAD, ANSWERED, where,
                                       lambda: self.good.call_octets(method, body))


class Links(ClientTest):
    def greeted(self):
        return self.shop.link().greet()

    def test_a_request_before_hello_is_refused(self):
        with self.shop.link() as link:
            envelope = [kith1.REQUEST, 1, self.good.peer.incarnation, 1000, "order.list", "", "",
                        pack({"limit": 1})]
            self.assert_link_refused(NOT_GREETED, link, pack(envelope))

    def test_hellos_that_are_refused(self):
        for code, hello in (
            (WRONG_DOMAIN, {"self_": kith1.description("elsewhere")}),
            (UNSUPPORTED_VERSION, {"versions": (2, 9)}),
            (UNSUPPORTED_VERSION, {"versions": (0, 0)}),
            (STALE, {"expected": kith1.random_id()}),
            (MALFORMED, {"self_": kith1.description(DOMAIN, b"\0" * 16)}),
            (MALFORMED, {"self_": kith1.description(DOMAIN, self.good.peer.node_id)}),
            (MALFORMED, {"self_": kith1.description(DOMAIN, instance="x\nforged log line")}),
            (MALFORMED, {"self_": kith1.description(DOMAIN, inbox="http://example.org")}),
            (MALFORMED, {"self_": kith1.description(DOMAIN)[:9]}),
            (TOO_LARGE, {"self_": kith1.description(DOMAIN, zone="z" * 201)}),
            (TOO_LARGE, {"self_": kith1.description(DOMAIN, methods=[["m", 1]] * 1025)}),
        ):
            with self.subTest(hello=str(hello)[:60]), self.shop.link() as link:
                with self.assertRaises(Refused) as caught:
                    link.greet(**hello)
                self.assertEqual(caught.exception.code, code, caught.exception)

    def test_a_version_range_that_includes_ours_is_welcome(self):
        with self.shop.link() as link:
            link.send_hello(versions=(1, 200))
            self.assertEqual(link.receive(kith1.WELCOME)[1], 1)

    def test_hello_may_be_said_again_but_not_by_another(self):
        with self.greeted() as link:
            myself = kith1.description(DOMAIN)
            self.assert_link_refused(MALFORMED, link,
                                     pack([kith1.HELLO, 1, 1, myself, None, b"", b""]))
        with self.shop.link() as link:
            myself = kith1.description(DOMAIN)
            link.greet(self_=myself)
            link.greet(self_=myself)

    def test_malformed_envelopes_cost_the_link(self):
        ping = pack([kith1.PING, 1, 0])
        for name, code, frames in (
            ("no MessagePack", MALFORMED, [b"\xc1"]),
            ("no list", MALFORMED, [pack({"kind": 4})]),
            ("an empty list", MALFORMED, [b"\x90"]),
            ("a missing field", MALFORMED, [pack([kith1.PING, 1])]),
            ("text for an integer", MALFORMED, [pack([kith1.CANCEL, "7"])]),
            ("cut short", MALFORMED, [ping[:-1]]),
            ("garbage after a good one", MALFORMED, [ping + b"\xc1"]),
            ("a bomb", TOO_LARGE, [b"\xdd\xff\xff\xff\xff"]),
            ("a nest", MALFORMED, [pack([kith1.PING, 1, 0])[:-1] + b"\x00" + b"\x91" * 5000]),
            ("a long method", TOO_LARGE,
             [pack([kith1.REQUEST, 1, 1, 1, "m" * 201, "", "", b""])]),
            ("a long body", TOO_LARGE, [pack([kith1.REPLY, 1, b"x" * (LONGEST_BODY + 1)])]),
            ("nil for a body", MALFORMED, [pack([kith1.REQUEST, 1, 1, 1, "m", "", "", None])]),
            ("an empty frame", MALFORMED, [b""]),
            ("two frames", MALFORMED, [ping, ping]),
            ("twenty frames", MALFORMED, [ping] * 20),
        ):
            with self.subTest(name), self.greeted() as link:
                self.assert_link_refused(code, link, *frames)

    def test_a_stranger_whose_first_packet_is_bad_is_told_too(self):
        for frames in ([b"\xc1"], [b""], [b"x"] * 20):
            with self.subTest(frames=len(frames)), self.shop.link() as link:
                self.assert_link_refused(MALFORMED, link, *frames)

    def test_envelopes_before_the_bad_one_are_taken(self):
        with self.greeted() as link:
            link.send(pack([kith1.PING, 77, 0]) + b"\xc1")
            self.assertEqual(link.receive(kith1.PONG)[1], 77)
            self.assertEqual(link.receive(kith1.REFUSE)[1], MALFORMED)

    def test_an_oversized_frame_ends_the_connection_and_a_new_one_is_welcome(self):
        with self.greeted() as link:
            link.send(pack([kith1.REPLY, 1, b"x" * (LONGEST_BODY + 64 * 1024)]))
            self.assertTrue(link.was_cut(), "the connection stands")
        with self.greeted() as link:
            self.assertIsNotNone(link.ping())

    def test_who_speaks_no_zeromq_is_cut_off(self):
        host, port = self.shop.order.inbox[len("tcp://"):].split(":")
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, os.urandom(200)):
            with socket.create_connection((host, int(port)), 3) as stranger:
                stranger.settimeout(5 * SLOWER)
                stranger.sendall(garbage)
                try:
                    while stranger.recv(4096):
                        pass
                except ConnectionResetError:
                    pass

    def test_a_flood_of_strangers_hurts_neither_others_nor_the_log(self):
        before = self.shop.logs().count("refused")
        links = [self.shop.link() for _ in range(50)]
        for link in links:
            link.send(b"\xc1" * 1000)
        self.assert_others_unaffected()
        for link in links:
            self.assertEqual(link.receive(kith1.REFUSE)[1], MALFORMED)
            link.close()
        self.assertLessEqual(self.shop.logs().count("refused") - before, 22)

    def test_a_silent_link_is_forgotten_and_must_say_hello_again(self):
        with self.greeted() as link:
            end = time.monotonic() + 7
            while time.monotonic() < end:
                self.assertIsNotNone(self.good.ping())
                time.sleep(0.5)
            self.assert_link_refused(NOT_GREETED, link, pack([kith1.PING, 1, 0]))

    def test_who_comes_on_the_outlet_with_nonsense_does_not_hurt(self):
        bad = self.shop.context.socket(zmq.XSUB)
        bad.setsockopt(zmq.LINGER, 0)
        bad.connect(self.good.peer.outlet)
        try:
            for message in (b"\x07nonsense", b"\x01" + b"t" * 230, b"\x01" + b"\xff\0"):
                bad.send(message)
            events = Subscription(self.shop.context, self.good.peer.outlet, "order.placed")
            placed = self.good.call("order.place", order(f"python-{time.monotonic_ns()}"))
            events.next(lambda t, s, body: body["id"] == placed["id"])
            events.close()
        finally:
            bad.close(0)

    def test_the_books_know_of_the_refusals(self):
        with self.shop.link() as link:
            self.assert_link_refused(MALFORMED, link, b"\xc1")
        accounts = self.good.call("kith.books", {})["accounts"]
        dropped = {}
        for account in accounts:
            for reason, count in account["dropped"].items():
                dropped[reason] = dropped.get(reason, 0) + count
        self.assertGreater(dropped.get("malformed", 0), 0, dropped)
        self.assertGreater(dropped.get("refused", 0), 0, dropped)


class Leaving(ClientTest):
    def test_a_node_says_goodbye_and_answers_no_more(self):
        process = self.shop.start("order")
        beacon = self.shop.beacons.find(DOMAIN, "order", but=[self.shop.order.node_id])
        with self.shop.link(beacon).greet() as link:
            process.terminate()
            end = time.monotonic() + 5 * SLOWER
            while not link.goodbyes and time.monotonic() < end:
                link.receive(limit=0.2)
            self.assertEqual([e[0] for e in link.goodbyes], [kith1.GOODBYE])
            self.assertTrue(link.was_cut(limit=10 * SLOWER))
        self.assertEqual(process.wait(10 * SLOWER), 0)


del ClientTest  # nothing to run by itself

if __name__ == "__main__":
    unittest.main(verbosity=2)
