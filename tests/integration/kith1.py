# SPDX-License-Identifier: MPL-2.0
"""A client of kith/1 in Python, written from docs/protocol.md, docs/calls-and-events.md,
docs/discovery.md and nothing else.

It knows ZeroMQ (pyzmq) and MessagePack (msgpack) and no line of kith.
"""

import os
import socket
import struct
import time

import msgpack
import zmq

HELLO, WELCOME, REFUSE, PING, PONG, REQUEST, REPLY, ERROR, CANCEL = range(1, 10)
CREDIT, EVENT, HEADS, ITEM, GOODBYE = 10, 11, 12, 13, 16
NOT_SENT, ANSWERED, OUTCOME_UNKNOWN = 0, 1, 2
SLOWER = float(os.environ.get("KITH_TIMEOUT_FACTOR", "1"))  # than usual, the nodes may be


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def unpack(octets):
    return msgpack.unpackb(octets, raw=False)


def envelopes_of(octets):
    """Section 3: arrays back to back."""
    reader = msgpack.Unpacker(raw=False, max_buffer_size=len(octets) + 1)
    reader.feed(octets)
    return list(reader)


def random_id():
    return os.urandom(16)


class Refused(Exception):
    def __init__(self, code, reason):
        super().__init__(f"refused with {code}: {reason}")
        self.code = code
        self.reason = reason


class CallError(Exception):
    def __init__(self, code, outcome, message, where):
        super().__init__(f"error {code} at {where!r}: {message} (outcome {outcome})")
        self.code = code
        self.outcome = outcome
        self.where = where


class Beacon:
    """Section 11, in docs/discovery.md."""

    def __init__(self, datagram):
        if len(datagram) > 512 or datagram[:5] != b"KITH\x01":
            raise ValueError("no beacon of this version")
        self.node_id = datagram[6:22]
        self.incarnation, self.sequence, self.ttl_ms = struct.unpack(">QII", datagram[22:38])
        at = 38
        texts = []
        for _ in range(6):
            size = datagram[at]
            texts.append(datagram[at + 1 : at + 1 + size])
            at += 1 + size
        self.domain, self.service, self.instance, self.inbox = (t.decode() for t in texts[:4])
        self.identity, self.signature = texts[4:]

    @staticmethod
    def encode(node_id, incarnation, sequence, domain, service, instance, inbox, identity=b"", signature=b""):
        texts = [domain.encode(), service.encode(), instance.encode(), inbox.encode(), identity, signature]
        return (
            b"KITH\x01\x00" + node_id + struct.pack(">QII", incarnation, sequence, 5000)
            + b"".join(bytes([len(text)]) + text for text in texts)
        )


class BeaconPort:
    """The multicast group on the loopback interface."""

    def __init__(self, port, group="239.255.75.84"):
        self.group, self.port = group, port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((group, port))
        loopback = socket.inet_aton("127.0.0.1")
        self.socket.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + loopback
        )
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)

    def send(self, datagram):
        self.socket.sendto(datagram, (self.group, self.port))

    def find(self, domain, service, limit=10.0 * SLOWER, but=()):
        """The first beacon of that service; `but`: node ids that are known already."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                heard = Beacon(self.socket.recv(2048))
            except (socket.timeout, ValueError):
                continue
            if (heard.domain, heard.service) == (domain, service) and heard.node_id not in but:
                return heard
        raise TimeoutError(f"no beacon of {service} in {limit} s")

    def close(self):
        self.socket.close()


def description(domain, node_id=None, **fields):
    """Section 4, `self`: by default a tool that can only call."""
    values = {
        "id": node_id or random_id(), "incarnation": int(time.time() * 1e6), "domain": domain,
        "service": "", "instance": "python", "zone": "", "weight": 100, "inbox": "", "outlet": "",
        "methods": [], "topics": [], "database": "", "host": "",
    }
    values.update(fields)
    return list(values.values())


class Peer:
    """`self` of a welcome or hello, by name."""

    def __init__(self, fields):
        (self.node_id, self.incarnation, self.domain, self.service, self.instance, self.zone,
         self.weight, self.inbox, self.outlet, self.methods, self.topics) = fields[:11]


class Link:
    """A DEALER to one inbox. A link is one connection: on a disconnect it is over."""

    def __init__(self, context, inbox, domain):
        self.domain = domain
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, -1)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.socket.connect(inbox)
        self.peer = None
        self.last_id = 0
        self.inbox = []
        self.goodbyes = []

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, *frames):
        """A packet is one frame. More are what a bad peer sends."""
        self.socket.send_multipart(frames)

    def send_hello(self, versions=(1, 1), self_=None, expected=None):
        me = self_ or description(self.domain)
        self.send(pack([HELLO, versions[0], versions[1], me, expected, b"", b""]))

    def receive(self, *kinds, limit=3.0 * SLOWER, where=lambda envelope: True):
        """The next envelope of one of these kinds; other ones wait. None when none comes."""
        end = time.monotonic() + limit
        while True:
            for at, envelope in enumerate(self.inbox):
                if envelope[0] in kinds and where(envelope):
                    return self.inbox.pop(at)
            left = end - time.monotonic()
            if left <= 0 or not self.socket.poll(int(left * 1000) + 1):
                return None
            [packet] = self.socket.recv_multipart()
            heard = envelopes_of(packet)
            self.goodbyes += [e for e in heard if e[0] == GOODBYE]
            self.inbox += [e for e in heard if e[0] != GOODBYE]

    def greet(self, **hello):
        """Hello to welcome."""
        self.send_hello(**hello)
        answer = self.receive(WELCOME, REFUSE)
        if answer is None:
            raise TimeoutError("neither welcome nor refuse")
        if answer[0] == REFUSE:
            raise Refused(answer[1], answer[2])
        self.peer = Peer(answer[2])
        return self

    def ping(self, limit=3.0 * SLOWER):
        """Seconds to the pong and back, or None."""
        self.last_id += 1
        sequence, begin = self.last_id, time.monotonic()
        self.send(pack([PING, sequence, 0]))
        pong = self.receive(PONG, limit=limit, where=lambda e: e[1] == sequence)
        return None if pong is None else time.monotonic() - begin

    def request(self, method, body, time_left_ms=int(2000 * SLOWER), target=None, key="", trace=""):
        """The envelope of a call, and its id. `body` is octets."""
        self.last_id += 1
        target = self.peer.incarnation if target is None else target
        return self.last_id, [REQUEST, self.last_id, target, time_left_ms, method, trace, key, body]

    def answer_to(self, call_id, limit=3.0 * SLOWER):
        answer = self.receive(REPLY, ERROR, REFUSE, limit=limit,
                              where=lambda e: e[0] == REFUSE or e[1] == call_id)
        if answer is None:
            raise TimeoutError(f"no answer to call {call_id}")
        if answer[0] == REFUSE:
            raise Refused(answer[1], answer[2])
        if answer[0] == ERROR:
            raise CallError(answer[2], answer[3], answer[4], answer[5])
        return unpack(answer[2])

    def call_octets(self, method, body, **options):
        call_id, envelope = self.request(method, body, **options)
        self.send(pack(envelope))
        return self.answer_to(call_id)

    def call(self, method, value, **options):
        return self.call_octets(method, pack(value), **options)

    def was_cut(self, limit=3.0 * SLOWER):
        """Whether the other side has closed the connection."""
        return self.monitor.poll(int(limit * 1000)) != 0


class Subscription:
    """Section 8: a SUB to one outlet, confirmed by a nonce, counting by the gap rule."""

    def __init__(self, context, outlet, *topics):
        self.socket = context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(outlet)
        for topic in topics:
            self.socket.subscribe(topic.encode() + b"\0")
        self.topics = topics
        self.last = {}
        self.lost = {}
        self.waiting = []
        self.idle_heads = []
        self._confirm()

    def close(self):
        self.socket.close(0)

    def _packet(self, limit):
        if not self.socket.poll(int(limit * 1000) + 1):
            return None, []
        [packet] = self.socket.recv_multipart()
        topic, _, rest = packet.partition(b"\0")
        return topic.decode(), envelopes_of(rest)

    def _confirm(self, limit=5.0 * SLOWER):
        nonce = "kith.nonce." + os.urandom(16).hex()
        self.socket.subscribe(nonce.encode() + b"\0")
        end = time.monotonic() + limit
        early = []
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the subscription was not confirmed")
            topic, heard = self._packet(left)
            if topic != nonce:
                early += [(topic, e) for e in heard]
                continue
            for envelope in heard:
                self.last.update({name: head for name, head in envelope[1]})
                if envelope[2]:
                    self.socket.unsubscribe(nonce.encode() + b"\0")
                    for name, before in early:
                        self._take(name, before)
                    return

    def _take(self, topic, envelope):
        last = self.last.setdefault(topic, 0)
        newest = envelope[1] if envelope[0] == EVENT else dict(envelope[1]).get(topic, 0)
        if envelope[0] == HEADS:
            self.idle_heads.append((topic, newest))
        if newest <= last:
            return
        missing = newest - last - (1 if envelope[0] == EVENT else 0)
        self.lost[topic] = self.lost.get(topic, 0) + missing
        self.last[topic] = newest
        if envelope[0] == EVENT:
            self.waiting.append((topic, envelope[1], unpack(envelope[3])))

    def pump(self, limit):
        topic, heard = self._packet(limit)
        for envelope in heard:
            if envelope[0] in (EVENT, HEADS):
                self._take(topic, envelope)

    def next(self, wanted, limit=10.0 * SLOWER):
        """The first event (topic, sequence, body) that `wanted` likes."""
        end = time.monotonic() + limit
        while True:
            for at, event in enumerate(self.waiting):
                if wanted(*event):
                    return self.waiting.pop(at)
            if time.monotonic() >= end:
                raise TimeoutError("the event did not come")
            self.pump(end - time.monotonic())
