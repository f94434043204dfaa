#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""`kith probe` and `kith decode` against libzmq's own sockets, and against what is no ZeroMQ."""

import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import BIN, SLOWER, plain_environment, run  # noqa: E402

OK, WOULD_NOT, USAGE, NOBODY, CANNOT_RUN = 0, 1, 2, 3, 6


def kith(*args, stdin=b""):
    done = run([os.path.join(BIN, "kith"), *args], input=stdin, text=False, env=plain_environment())
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Listener:
    """A plain TCP socket that answers with `words`, and then hangs up or does not. `to`: only who
    begins so is answered."""

    def __init__(self, words=b"", hang_up=False, to=b""):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.where = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.words, self.hang_up, self.to, self.open = words, hang_up, to, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            if self.words and connection.recv(4096).startswith(self.to):
                connection.sendall(self.words)
            if self.hang_up:
                connection.close()
            else:
                self.open.append(connection)

    def close(self):
        self.socket.close()
        for connection in self.open:
            connection.close()


class Relay(threading.Thread):
    """Between two peers; keeps what each has said, in order."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.where = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.to, self.said, self.lock = to, [], threading.Lock()
        self.start()

    def run(self):
        near, _ = self.server.accept()
        far = socket.create_connection(self.to)
        other = threading.Thread(target=self.pump, args=(far, near, False), daemon=True)
        other.start()
        self.pump(near, far, True)

    def pump(self, source, target, from_client):
        try:
            while octets := source.recv(65536):
                with self.lock:
                    self.said.append((from_client, octets))
                target.sendall(octets)
        except OSError:
            pass


def pcap_of(said):
    """What was said, as a capture of raw IP packets: TCP from port 40000 to port 5555."""
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    sequence = {True: 100, False: 900}
    packets = [(True, 2, b""), (False, 18, b"")] + [(way, 24, octets) for way, octets in said]
    for number, (from_client, flags, payload) in enumerate(packets):
        ends, ports = [bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])], [40000, 5555]
        if not from_client:
            ends, ports = ends[::-1], ports[::-1]
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence[from_client], 0, 0x50, flags, 0, 0, 0)
        sequence[from_client] += len(payload) + (1 if flags & 2 else 0)
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0)
        packet += ends[0] + ends[1] + tcp + payload
        file += struct.pack("<IIII", 1700000000, number, len(packet), len(packet)) + packet
    return file


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="kith-probe-")
        cls.context = zmq.Context()

    @classmethod
    def tearDownClass(cls):
        cls.context.destroy(0)
        cls.directory.cleanup()

    def bound(self, kind, endpoint="tcp://127.0.0.1:*", **options):
        made = self.context.socket(kind)
        made.linger = 0
        for name, value in options.items():
            setattr(made, name, value)
        made.bind(endpoint)
        self.addCleanup(made.close)
        return made.last_endpoint.decode().rstrip("\0")

    def probe(self, status, where, *args, timeout="3"):
        code, out, error = kith("probe", where, "--json", "--timeout", timeout, *args)
        self.assertEqual(code, status, out + error)
        return json.loads(out)

    def listening(self, *args, **options):
        made = Listener(*args, **options)
        self.addCleanup(made.close)
        return made.where

    def test_sockets_of_every_kind(self):
        for kind, name, ours in ((zmq.ROUTER, "ROUTER", "DEALER"), (zmq.XPUB, "XPUB", "SUB"),
                                 (zmq.PULL, "PULL", "PUSH"), (zmq.REP, "REP", "DEALER")):
            found = self.probe(OK, self.bound(kind), "--no-hello")
            self.assertEqual((found["end"], found["speaks"], found["mechanism"]),
                             ("ready", "ZMTP 3.1", "NULL"))
            self.assertEqual((found["socket_type"], found["our_type"]), (name, ours))
        named = self.bound(zmq.DEALER, identity=b"press-4")
        self.assertEqual(self.probe(OK, named)["identity"], "press-4")

    def test_a_router_that_is_no_kith_node(self):
        found = self.probe(OK, self.bound(zmq.ROUTER), timeout="2")
        self.assertEqual(found["end"], "no_kith")
        self.assertIn("does not answer", found["finding"])

    def test_socket_types_that_do_not_fit(self):
        found = self.probe(WOULD_NOT, self.bound(zmq.ROUTER), "--type", "SUB")
        self.assertEqual(found["end"], "types_do_not_fit")
        self.assertEqual(found["finding"], "it is a ROUTER, which does not talk to a SUB")

    def test_what_is_no_zeromq(self):
        for words, name in ((b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
                            (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
                            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH")):
            found = self.probe(WOULD_NOT, self.listening(words))
            self.assertEqual((found["end"], found["speaks"]), ("not_zmtp", name))
        found = self.probe(WOULD_NOT, self.listening(b"\xff" + bytes(8) + b"\x7f\x01\x06"))
        self.assertEqual((found["end"], found["speaks"]), ("old_zmtp", "ZMTP 2.0"))

    def test_pages_over_http(self):
        page = self.listening(b"HTTP/1.1 200 OK\r\n\r\n/healthz  200 while", to=b"GET / ")
        found = self.probe(WOULD_NOT, page, timeout="2")
        self.assertEqual((found["end"], found["speaks"], found["pages"]), ("not_zmtp", "HTTP", True))
        self.assertIn(f"curl http://{page}/", found["advice"])

    def test_who_says_nothing(self):
        begin = time.monotonic()
        self.assertEqual(self.probe(WOULD_NOT, self.listening(), timeout="0.3")["end"], "silent")
        self.assertLess(time.monotonic() - begin, 5 * SLOWER)
        self.assertEqual(self.probe(WOULD_NOT, self.listening(hang_up=True))["end"],
                         "closed_at_once")
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        self.assertEqual(self.probe(NOBODY, f"127.0.0.1:{port}")["end"], "port_closed")

    def test_ipc(self):
        path = os.path.join(self.directory.name, "inbox")
        self.assertEqual(self.probe(NOBODY, f"ipc://{path}")["end"], "no_such_socket")
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(path)
        self.assertEqual(self.probe(NOBODY, f"ipc://{path}")["end"], "stale_socket")
        os.remove(path)
        self.bound(zmq.ROUTER, f"ipc://{path}")
        self.assertEqual(self.probe(OK, f"ipc://{path}", "--no-hello")["end"], "ready")

    def test_keys(self):
        public, secret = zmq.curve_keypair()
        other, _ = zmq.curve_keypair()
        keyed = {"curve_server": True, "curve_secretkey": secret, "zap_domain": b"probe"}
        judge = ThreadAuthenticator(self.context)
        judge.start()
        self.addCleanup(judge.stop)
        judge.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
        inbox = self.bound(zmq.ROUTER, **keyed)
        outlet = self.bound(zmq.XPUB, **keyed)
        with_key = ("--server-key", public.decode(), "--no-hello")
        self.assertEqual(self.probe(WOULD_NOT, inbox)["end"], "curve_wanted")
        for where, kind in ((inbox, "ROUTER"), (outlet, "XPUB")):
            found = self.probe(OK, where, *with_key)
            self.assertEqual((found["end"], found["mechanism"], found["socket_type"]),
                             ("ready", "CURVE", kind))
        found = self.probe(WOULD_NOT, inbox, "--server-key", other.decode())
        self.assertEqual(found["end"], "wrong_server_key")
        plain = self.bound(zmq.ROUTER)
        self.assertEqual(self.probe(WOULD_NOT, plain, *with_key)["end"], "curve_refused")
        judge.configure_curve(domain="*", location=self.directory.name)  # no certificate is there
        time.sleep(0.1)  # it is configured by a message
        found = self.probe(WOULD_NOT, inbox, *with_key)
        self.assertEqual((found["end"], found["detail"]), ("refused_by_zap", "400"))
        password = self.bound(zmq.ROUTER, plain_server=True)
        self.assertEqual(self.probe(WOULD_NOT, password)["end"], "plain_wanted")

    def test_people_read_it_too(self):
        code, out, _ = kith("probe", self.bound(zmq.PULL))
        self.assertEqual(code, OK)
        self.assertIn("ZeroMQ: a PULL, and the handshake is good\n", out)
        self.assertIn("speaks       ZMTP 3.1\n", out)
        self.assertNotIn("\x1b", out)
        for wrong in (("nowhere",), ("tcp://*:5555",), ("1.2.3.4:5", "--type", "TEAPOT"),
                      ("1.2.3.4:5", "--server-key", "short")):
            self.assertEqual(kith("probe", *wrong)[0], USAGE, wrong)

    def test_what_cannot_be_tried_is_json_too(self):
        for wrong in ("nowhere",), ("1.2.3.4:5", "--type", "TEAPOT"):
            report = self.probe(USAGE, *wrong)
            self.assertEqual((report["endpoint"], report["end"]), (wrong[0], "usage"))
            self.assertIn(wrong[-1], report["finding"])


class Decode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        context = zmq.Context()
        server, client = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        port = server.bind_to_random_port("tcp://127.0.0.1")
        relay = Relay(("127.0.0.1", port))
        client.connect(relay.where)
        client.send(bytes.fromhex("920907"))
        client.send_multipart([b"a", b"b" * 300])
        server.RCVTIMEO = client.RCVTIMEO = 10000
        name = server.recv_multipart()[0]
        server.recv_multipart()
        server.send_multipart([name, bytes.fromhex("920907")])
        client.recv()
        context.destroy(0)
        cls.capture = pcap_of(relay.said)
        cls.stream = b"".join(octets for way, octets in relay.said if way)

    def decode(self, status, *args, stdin=b""):
        code, out, error = kith("decode", *args, stdin=stdin)
        self.assertEqual(code, status, out + error)
        return out, error

    def test_a_capture(self):
        out, error = self.decode(OK, "--summary", stdin=self.capture)
        for line in ("#1 10.0.0.1:40000 > 10.0.0.2:5555 @0: greeting of ZMTP 3.1: mechanism NULL",
                     "#1 10.0.0.2:5555 > 10.0.0.1:40000 @64: command READY: "
                     "Socket-Type \"ROUTER\", Identity: empty",
                     "message, 3 octets: cancel", "frame, 300 octets"):
            self.assertIn(line, out)
        self.assertIn("1 connections", error)
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.capture)
            file.flush()
            again, _ = self.decode(OK, file.name, "--summary", "--port", "5555")
            self.assertEqual(again, out)
            lines, _ = self.decode(OK, file.name, "--json")
        parts = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual(parts[-1]["octets"][-1], {"hex": "07", "text": "id 7"})
        self.assertTrue(all(part["good"] for part in parts))

    def test_a_capture_with_a_hole(self):
        whole = self.capture
        at, packets = 24, []
        while at < len(whole):
            size = struct.unpack_from("<I", whole, at + 8)[0]
            packets.append(whole[at:at + 16 + size])
            at += 16 + size
        short = whole[:24] + b"".join(packets[:4] + packets[5:])
        out, error = self.decode(WOULD_NOT, "--summary", stdin=short)
        self.assertIn("octets are missing", out)
        self.assertIn("octets missing", error)
        _, error = self.decode(WOULD_NOT, "--summary", stdin=whole[:-3])
        self.assertIn("was cut", error)

    def test_one_direction_and_hex(self):
        out, _ = self.decode(OK, stdin=self.stream)
        self.assertIn("@0: greeting of ZMTP 3.1: mechanism NULL", out)
        self.assertIn("  09                                               ; kind 9: cancel\n", out)
        out, _ = self.decode(OK, "92 09", "07")
        self.assertIn("07                                               ; id 7\n", out)
        out, _ = self.decode(OK, "--as", "event", "6100920907")
        self.assertIn('; topic "a"\n', out)
        out, _ = self.decode(WOULD_NOT, "9209")
        self.assertIn("no good", out)

    def test_what_it_cannot_read(self):
        _, error = self.decode(USAGE, "nothing/such")
        self.assertIn("neither a file nor hex", error)
        _, error = self.decode(CANNOT_RUN, "-")
        self.assertIn("standard input is empty", error)
        _, error = self.decode(CANNOT_RUN, os.path.dirname(__file__))
        self.assertEqual(error, f"kith: {os.path.dirname(__file__)}: Is a directory\n")

    def test_a_capture_without_a_connection(self):
        _, error = self.decode(NOBODY, "--port", "9", stdin=self.capture)
        self.assertIn("nothing of port 9", error)
        _, error = self.decode(NOBODY, stdin=self.capture[:24])
        self.assertIn("no TCP in it", error)


if __name__ == "__main__":
    unittest.main(verbosity=2)
