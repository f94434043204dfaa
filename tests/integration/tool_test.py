#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The command `kith` against a real service: what it prints, and its exit status."""

import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import kith1
from shop import BIN, DOMAIN
from processes import SLOWER, Process, free_udp_port, run
from tool_rig import (ANSWERED, CANNOT_RUN, INTERRUPTED, NOBODY, NOT_DONE, OK, REFUSED, TOO_FEW,
                      UNBALANCED, UNKNOWN, USAGE, ToolCase)

FILE = os.path.abspath(__file__)
SOURCE = os.environ.get("KITH_SOURCE_DIR", os.path.join(os.path.dirname(FILE), "..", ".."))


class Tool(ToolCase):
    def test_ls_shows_who_is_there(self):
        out, _ = self.kith(OK, "ls")
        self.assertEqual(len(out.splitlines()), 2, out)
        heading, row = out.splitlines()
        self.assertTrue(heading.startswith("SERVICE  INSTANCE"))
        for text in (self.beacon.instance, "alive", "yes", self.beacon.inbox):
            self.assertIn(text, row)
        self.assertNotIn("\x1b", out)

    def test_ls_is_json_for_programs_and_quick_when_asked(self):
        begin = time.monotonic()
        out, _ = self.kith(OK, "ls", "order", "--quick", "--json", "--timeout", str(3 * SLOWER))
        self.assertLess(time.monotonic() - begin, 1.0 * SLOWER)
        member, = json.loads(out)["members"]
        self.assertEqual(member["id"], self.beacon.node_id.hex())
        self.assertTrue(member["in_rotation"])

    def test_a_seed_is_enough_where_multicast_is_not(self):
        deaf = ("--beacon-port", "47995")
        self.kith(NOBODY, "ls", "--timeout", "0.3", *deaf)
        address = self.beacon.inbox.removeprefix("tcp://")
        out, _ = self.kith(OK, "ls", *deaf, "--seed", address)
        self.assertIn(self.beacon.instance, out)
        self.kith(OK, "call", "order", "kith.describe", *deaf, KITH_SEED=address)
        _, error = self.kith(NOBODY, "ls", "--timeout", "0.3", *deaf, "--seed", "127.0.0.1:47994")
        self.assertIn("at the seed 127.0.0.1:47994?", error)
        _, error = self.kith(NOBODY, "ls", "-v", "--timeout", "0.5", *deaf, "--insecure-lan",
                             "--seed", "no..host:7584")
        self.assertIn("its name cannot be resolved", error)
        self.assertIn("the name of the seed no..host:7584 cannot be resolved", error)
        _, error = self.kith(USAGE, "ls", "--seed", "127.0.0.1")
        self.assertIn("HOST:PORT", error)

    def test_nobody_is_found_elsewhere(self):
        out, error = self.kith(NOBODY, "ls", "--domain", "elsewhere", "--timeout", "0.3")
        self.assertEqual(out, "")
        self.assertIn("--beacon-port", error)
        out, _ = self.kith(NOBODY, "ls", "--domain", "elsewhere", "--timeout", "0.3", "--json")
        self.assertEqual(json.loads(out), {"members": []})
        self.kith(NOBODY, "call", "nobody", "x.y", "--timeout", "0.3")
        _, error = self.kith(NOBODY, "call", "order", "order.list", "--instance", "other",
                             "--timeout", str(0.5 * SLOWER))
        self.assertIn(self.beacon.instance, error)
        _, error = self.kith(NOBODY, "sub", "order.setled", "settled", "--timeout",
                             str(0.5 * SLOWER))
        for prefix in ("order.setled", "settled"):
            self.assertRegex(error, "1 service is linked, and none declares a topic that begins with "
                                    f'"{prefix}"; there is .*order.settled .kith describe')
        self.assertNotIn("--beacon-port", error)
        _, error = self.kith(NOBODY, "sub", "x", "--timeout", "0.3", "--domain", "elsewhere")
        self.assertIn("--beacon-port", error)

    def test_call_gives_the_reply(self):
        placed = self.place("tool-1")
        out, error = self.kith(OK, "call", "order", "order.get", json.dumps({"id": placed["id"]}),
                               "--instance", self.beacon.node_id.hex()[:8], "--deadline", "2000")
        self.assertEqual(json.loads(out)["key"], "tool-1")
        self.assertEqual(error, "")

    def test_call_of_a_stream_prints_each_item_as_a_line(self):
        listening = self.start("call", "order", "order.watch", "--count", "3", "--json")
        begun = json.loads(listening.stdout.readline())
        self.assertEqual(begun["topic"], "")
        placed = [self.place(f"watched-{i}")["id"] for i in range(2)]
        out, error = listening.communicate(timeout=30 * SLOWER)
        self.assertEqual(listening.returncode, OK, error)
        changes = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(one["topic"], one["id"]) for one in changes],
                         [("order.placed", one) for one in placed])
        again = json.dumps({"after": begun["sequence"], "id": placed[1]})
        out, _ = self.kith(OK, "call", "order", "order.watch", again, "--count", "2", "--json")
        self.assertEqual([json.loads(line)["id"] for line in out.splitlines()], ["", placed[1]])

    def test_a_stream_ends_by_an_error_or_by_ctrl_c(self):
        _, error = self.kith(ANSWERED, "call", "order", "order.watch", '{"after": 1000000}')
        self.assertIn("log_regressed", error)
        for count, status in ((), OK), (("--count", "9"), INTERRUPTED):
            listening = self.start("call", "order", "order.watch", *count)
            self.assertIn('"topic":""', listening.stdout.readline())
            listening.send_signal(signal.SIGINT)
            listening.communicate(timeout=30 * SLOWER)
            self.assertEqual(listening.returncode, status)

    def test_describe_tells_what_streams(self):
        out, _ = self.kith(OK, "describe", "order")
        self.assertIn("method order.watch(watch_orders) -> stream of order_change", out)

    def test_call_tells_errors_apart(self):
        out, error = self.kith(ANSWERED, "call", "order", "order.get", '{"id": "none"}')
        self.assertEqual(out, "")
        self.assertRegex(error, r"^error: not_found: .* \(answered\)\n$")
        _, error = self.kith(ANSWERED, "call", "order", "order.get")
        self.assertIn("error: bad_payload at id: found nothing, expected string", error)
        _, error = self.kith(NOT_DONE, "call", "order", "order.burn")
        self.assertIn("unknown_method", error)
        out, _ = self.kith(ANSWERED, "call", "order", "order.get", '{"id": 7}', "--json")
        problem = json.loads(out)["error"]
        self.assertEqual((problem["code"], problem["number"], problem["where"], problem["outcome"]),
                         ("bad_payload", 41, "id", "answered"))

    def test_call_says_when_it_may_have_been_done(self):
        for reaction in ("silence", "hanging up"):
            with self.subTest(reaction):
                caller = self.start("call", "mute", "mute.ask", "--deadline", "300", "--timeout", "9")
                self.serve_mutely(caller, reaction)
                _, error = caller.communicate(timeout=5 * SLOWER)
                self.assertEqual(caller.returncode, UNKNOWN, error)
                self.assertIn("(outcome_unknown)", error)

    def serve_mutely(self, caller, reaction):
        """A service that takes requests and never answers, for as long as the caller runs."""
        self.serve_alone(caller, "mute", {}, reaction)

    def test_call_says_why(self):
        self.place("why")
        out, err = self.kith(OK, "call", "order", "order.list", '{"limit": 1}', "--why")
        self.assertIn("orders", json.loads(out))
        self.assertIn("order: order.list: reply after", err)
        self.assertRegex(err, r"(?m)^# +AT +INSTANCE +WHY +TOOK +QUEUE +HANDLER +WIRE +END$")
        self.assertRegex(err, r"(?m)^ *1 +[0-9.]+ ms +order-\S+ +first +" + r"[0-9.]+ ms +" * 4 + "reply$")
        self.assertRegex(err, r"(?m)^CHOICE +INSTANCE +STANDING +SCORE +COST .* BREAKER$")
        self.assertRegex(err, r"(?m)^ *1 +order-\S+ +chosen .* closed$")
        out, _ = self.kith(OK, "call", "order", "order.list", '{"limit": 1}', "--why", "--json")
        said = json.loads(out)
        self.assertIn("orders", said["reply"])
        (attempt,) = said["why"]["attempts"]
        self.assertEqual(attempt["end"], "reply")
        self.assertLessEqual(attempt["queue_us"] + attempt["handler_us"], attempt["took_us"])
        self.assertGreater(attempt["wire_us"], 0)
        self.assertEqual([one["standing"] for one in attempt["candidates"]], ["chosen"])

    def test_call_says_why_it_failed(self):
        out, _ = self.kith(ANSWERED, "call", "order", "order.get", '{"id": "none"}', "--why", "--json")
        said = json.loads(out)
        self.assertEqual(said["error"]["code"], "not_found")
        self.assertEqual(said["why"]["attempts"][0]["end"], "not_found")
        _, err = self.kith(NOBODY, "call", "stock", "stock.get", "{}", "--why", "--timeout", "0.5")
        self.assertIn("stock", err)

    def test_usage(self):
        for args in ((), ("ls", "--bogus"), ("call",), ("call", "order"), ("nonsense",),
                     ("call", "order", "order.get", "{"), ("ls", "--domain", "bad/name"),
                     ("ls", "--timeout", "-1"), ("sub", "--count", "0"),
                     ("call", "order", "order.get", '{"a":1,"a":2}')):
            with self.subTest(args=args):
                out, error = self.kith(USAGE, *args)
                self.assertTrue(error)
        _, error = self.kith(USAGE, "ls", KITH_BEACON_PORT="many")
        self.assertIn("KITH_BEACON_PORT", error)
        for args, said in ((("nonsense", "--json"), 'no command "nonsense"; kith --help lists them'),
                           (("descripe", "order"), 'no command "descripe"; did you mean describe?'),
                           (("trust", "sing", "x"), 'no command "sing"; did you mean sign?; kith trust --help')):
            with self.subTest(args=args):
                self.assertIn("there is " + said, self.kith(USAGE, *args)[1])
        for args, said in (
                ((), "a command is required; kith --help tells more"),
                (("sub", "--count", "-1"), "--count: it must be a whole number from 1 on, not \"-1\"; kith sub --help"),
                (("record",), "--output is required; kith record --help tells more"),
                (("ls", "--timeout"), "--timeout takes a value; kith ls --help tells more"),
                (("log-level", "a", "debug", "b"), "was not expected: b; kith log-level --help"),
                (("decode", "--port", "99999"), "--port: it must be a whole number from 1 to 65535"),
                (("pub", "", "{}"), "a topic is UTF-8 of 1 to 200 octets"),
                (("pub", "kith.x", "{}"), "are the nodes' own"),
                (("web", "--listen", "127.0.0.1:99999"), "--listen 127.0.0.1:99999: it must be ADDRESS:PORT"),
                (("web", "--listen", "0.0.0.0:0"), "web serves this machine only")):
            with self.subTest(args=args):
                _, error = self.kith(USAGE, *args)
                self.assertTrue(error.startswith("kith: "), error)
                self.assertIn(said, error)
                self.assertEqual(error.count("\n"), 1)

    def test_a_storefront_that_is_interrupted_says_so(self):
        shop = Process([os.path.join(BIN, "storefront"), "--generate", "1"], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, env=self.environment())
        end = time.monotonic() + 20 * SLOWER
        while time.monotonic() < end and shop.poll() is None:
            with open(f"/proc/{shop.pid}/status", encoding="utf-8") as status:
                caught = int(re.search(r"SigCgt:\s*(\w+)", status.read()).group(1), 16)
            if caught >> (signal.SIGINT - 1) & 1:
                break
            time.sleep(0.02)
        shop.send_signal(signal.SIGINT)
        _, error = shop.communicate(timeout=20 * SLOWER)
        self.assertIn("storefront: interrupted\n", error)
        self.assertNotIn("not_sent", error)

    def on_terminal(self, columns, *args):
        """What a command shows on a terminal of that width."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        done = Process(self.command(*args), stdout=theirs,
                       env=self.environment(TERM="dumb"))
        self.assertEqual(done.wait(30 * SLOWER), OK)
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        return shown.splitlines()

    def test_tables_fit_into_eighty_columns(self):
        self.place("tool-narrow")
        for args, wanted in ((("ls",), "ADDRESS"), (("sockets", "order"), "QUEUE")):
            with self.subTest(args=args):
                wide = self.on_terminal(300, *args)
                self.assertGreater(max(map(len, wide)), 80)
                shown = [line for line in self.on_terminal(80, *args) if not line.startswith("  ")]
                self.assertIn(wanted, "".join(shown))
                self.assertIn("order", "".join(shown))
                self.assertLessEqual(max(map(len, shown)), 80, shown)

    def test_help_names_arguments_once(self):
        out, _ = self.kith(OK, "ls", "--help")
        self.assertIn("--seed HOST:PORT ...  ", out)
        self.assertIn("--timeout SECONDS  ", out)
        out, _ = self.kith(OK, "log-level", "--help")
        self.assertIn("log-level [OPTIONS] [whom] [level]\n", out)

    def test_what_cannot_be_written_is_said(self):
        for args in ("ls",), ("describe", "order", "--json"), ("--help",), ("man",), ("audit",):
            with self.subTest(args), open("/dev/full", "w", encoding="utf-8") as full:
                done = run(self.command(*args), capture_output=False, stdout=full,
                           stderr=subprocess.PIPE, env=self.environment())
                self.assertEqual(done.returncode, CANNOT_RUN)
                self.assertIn("cannot be written; is the disk full?", done.stderr)

    def test_help_has_examples_and_statuses(self):
        out, _ = self.kith(OK, "--help")
        self.assertIn("Exit status:", out)
        for command in ("ls", "call", "sub", "pub", "describe", "audit", "sockets", "doctor"):
            out, _ = self.kith(OK, command, "--help")
            self.assertIn("Examples:", out)
            self.assertIn("--insecure-lan", out)

    def commands(self, *path):
        """Each command that --help lists, with its help."""
        out, _ = self.kith(OK, *path, "--help")
        yield path, out
        below = out.split("Subcommands:\n")[1] if "Subcommands:\n" in out else ""
        for line in below.splitlines():
            if not line.startswith("  "):
                break
            yield from self.commands(*path, line.split()[0])

    def test_the_manual_has_every_command_and_option(self):
        page, _ = self.kith(OK, "man")
        common = page[page.index(".SH OPTIONS"):page.index(".SH EXIT STATUS")]
        seen = 0
        for path, text in self.commands():
            heading = '.SS "kith ' + " ".join(path).replace("-", "\\-")
            about = page[page.index(heading):].split("\n.SS")[0] if path else ""
            for name in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.MULTILINE):
                seen += 1
                self.assertIn("\\fB" + name.replace("-", "\\-") + "\\fR", about + common, path)
        self.assertGreater(seen, 300)
        for status in range(9):
            self.assertIn(f".TP\n\\fB{status}\\fR\n", page)
        for text in ("NAME\nkith \\- ", "KITH_BEACON_PORT", '.SS "kith trust sign"', "jq"):
            self.assertIn(text, page)
        if shutil.which("groff"):
            done = run(["groff", "-man", "-ww", "-z"], input=page)
            self.assertEqual(done.stderr, "")

    def test_the_page_has_the_exit_statuses_of_the_help(self):
        out, _ = self.kith(OK, "--help")
        with open(os.path.join(SOURCE, "docs", "debugging.md"), encoding="utf-8") as file:
            page = file.read().split("## Exit statuses")[1]
        told = re.findall(r"(?m)^ {2,4}(\d+)  \S", out)
        self.assertEqual(told, re.findall(r"(?m)^\| (\d+) \| \S", page))
        self.assertGreaterEqual(len(told), 10)

    def test_every_command_is_for_programs_too(self):
        for path, text in self.commands():
            if "Subcommands:" not in text and path not in (("man",), ("completion",)):
                self.assertRegex(text, r"(?m)^  --json ", path)

    def completed(self, *words):
        """What a real bash offers for the last word."""
        line = " ".join(shlex.quote(word) for word in ("kith", *words))
        script = (f"source <(kith completion bash); COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
                  f"_kith kith {shlex.quote(words[-1])} x; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = run(["bash", "-uc", script],
                   env=self.environment(PATH=BIN + ":" + os.environ["PATH"]))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(done.stdout.split())

    def test_bash_completes_commands_and_options(self):
        self.assertEqual(self.completed("de"), ["dead", "decode", "describe"])
        self.assertEqual(self.completed("log", ""), ["forget", "ls", "show"])
        self.assertEqual(self.completed("call", "--seed", "host", ":", "1", "--wh"), ["--why"])
        self.assertEqual(self.completed("trust", "re"), ["renew", "request", "revoke"])
        self.assertEqual(self.completed("call", "--de"), ["--deadline"])
        self.assertEqual(self.completed("call", "--domain", "x", "--wh"), ["--why"])
        self.assertEqual(self.completed("decode", "--as", "p"), ["packet"])
        self.assertEqual(self.completed("completion", ""), ["bash"])
        self.assertEqual(self.completed("tap", "--kind", "re"), ["refuse", "reply", "request"])
        self.assertEqual(self.completed("log-level", "order", "d"), ["debug"])
        self.assertEqual(self.completed("replay", FILE[:-1]), [FILE])
        self.assertEqual(self.completed("trust", "list", "--dir", os.path.dirname(FILE)),
                         [os.path.dirname(FILE)])
        for path, text in self.commands():
            names = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.MULTILINE))
            if path in ((), ("ls",), ("trust", "sign"), ("tap",)):
                self.assertLessEqual(names, set(self.completed(*path, "-")), path)

    def test_bash_completes_who_is_there(self):
        end = time.monotonic() + 10 * SLOWER  # it looks around for half a second only
        while self.completed("describe", "") != ["order"] and time.monotonic() < end:
            pass
        self.assertEqual(self.completed("describe", ""), ["order"])
        self.assertEqual(self.completed("call", "order", "order.g"),
                         ["order.get", "order.get_return"])
        self.assertEqual(self.completed("call", "order", "order.get", ""), [])
        self.assertEqual(self.completed("call", "order", "--instance", "o"), [self.beacon.instance])
        self.assertEqual(self.completed("tap", "order", "or"), ["order", self.beacon.instance])
        self.assertEqual(self.completed("ls", "--domain", "elsewhere", ""), [])
        topics = ["order.cancelled", "order.placed", "order.return_settled", "order.returned",
                  "order.settled"]
        for words in (("sub", "order."), ("sub", "x.", "order."), ("pub", "order."),
                      ("log", "show", "order", "--topic", "order.")):
            self.assertEqual(self.completed(*words), topics, words)
        self.assertEqual(self.completed("tap", "--name", "order.place"),
                         ["order.place", "order.placed"])
        self.assertEqual(self.completed("sub", "--domain", "elsewhere", ""), [])

    def test_colours_are_for_terminals(self):
        for want, changes in ((True, {}), (False, {"NO_COLOR": "1"}), (True, {"NO_COLOR": ""}),
                              (False, {"TERM": "dumb"})):
            ours, theirs = pty.openpty()
            environment = self.environment(**{"TERM": "xterm", **changes})
            done = Process(self.command("ls", "--quick", "--timeout", str(3 * SLOWER)), stdout=theirs,
                           env=environment)
            self.assertEqual(done.wait(30 * SLOWER), OK)
            os.close(theirs)
            self.assertEqual(b"\x1b[" in os.read(ours, 65536), want, changes)
            os.close(ours)

    def test_describe_prints_the_contracts(self):
        out, _ = self.kith(OK, "describe", "order")
        self.assertIn("method order.get(get_order) -> order_view", out)
        self.assertIn("topic  order.settled: order_settled", out)
        self.assertIn("struct get_order {\n  id: string\n}\n", out)
        self.assertNotIn("kith.books", out)
        out, _ = self.kith(OK, "describe", "order", "--all")
        self.assertIn("kith.books", out)
        out, _ = self.kith(OK, "describe", "order", "--json")
        self.assertIn("order.get", [m["name"] for m in json.loads(out)["methods"]])

    def test_audit_says_that_the_books_balance(self):
        self.place("tool-audit")
        out, error = self.kith(OK, "audit")
        self.assertEqual(error, "")
        self.assertIn("the books balance", out)
        self.assertRegex(out, rf"{self.beacon.instance} +method +order\.place +inbound")
        self.assertNotIn("kith.books", out)
        out, _ = self.kith(OK, "audit", "--json")
        report = json.loads(out)
        self.assertTrue(report["balanced"])
        self.assertEqual(report["findings"], [])
        self.assertIn("kith.books", [row["key"] for row in report["accounts"]])
        out, _ = self.kith(OK, "audit", "--all")
        self.assertIn("kith.books", out)
        self.kith(NOBODY, "audit", "--domain", "elsewhere", "--timeout", "0.3")
        self.kith(USAGE, "audit", "--patience", "-1")

    def test_audit_finds_what_does_not_balance(self):
        auditor = self.start("audit", "--json", "--patience", "1.5")
        self.serve_books_that_leak(auditor)
        out, error = auditor.communicate(timeout=20 * SLOWER)
        self.assertEqual(auditor.returncode, UNBALANCED, out + error)
        finding, = json.loads(out)["findings"]
        self.assertEqual((finding["node"], finding["with"]), ("leaky-1", ""))
        self.assertIn("topic leaky.drop outbound: 10 sent, but 9 delivered", finding["what"])

    def serve_books_that_leak(self, asker):
        """A service one of whose events nobody knows any more."""
        row = {"scope": "topic", "direction": "outbound", "key": "leaky.drop", "via": "",
               "sent": 10, "sent_bytes": 0, "delivered": 9, "in_flight": 0, "dropped": {}}
        self.serve_alone(asker, "leaky", {"kith.books": {"accounts": [row]}})

    def probe(self, status, where, *args, **environment):
        out, _ = self.kith(status, "probe", where, "--json", *args, **environment)
        return json.loads(out)

    def outlet(self):
        out, _ = self.kith(OK, "ls", "--json")
        return json.loads(out)["members"][0]["outlet"]

    def test_probe_gets_as_far_as_welcome_and_says_who_it_is(self):
        found = self.probe(OK, self.beacon.inbox)
        self.assertEqual((found["end"], found["socket_type"]), ("welcomed", "ROUTER"))
        self.assertEqual(found["node"]["id"], self.beacon.node_id.hex())
        self.assertEqual((found["node"]["service"], found["node"]["protocol"]), ("order", 1))
        found = self.probe(OK, self.outlet())
        self.assertEqual((found["end"], found["socket_type"]), ("confirmed", "XPUB"))
        self.assertIsInstance(found["heads"], list)
        found = self.probe(REFUSED, self.beacon.inbox, "--domain", "elsewhere")
        self.assertEqual(found["end"], "refused_by_kith")
        self.assertIn("wrong_domain", found["detail"])
        out, _ = self.kith(OK, "ls", "--all")
        self.assertNotIn("kith-probe", out)

    def test_sockets_shows_what_passes_each(self):
        self.place("tool-sockets")
        out, _ = self.kith(OK, "sockets", "order", "--json")
        node, = json.loads(out)["nodes"]
        self.assertEqual(node["instance"], self.beacon.instance)
        sockets = {one["role"]: one for one in node["sockets"]}
        self.assertEqual((sockets["inbox"]["type"], sockets["inbox"]["state"]), ("ROUTER", "bound"))
        self.assertIn(self.beacon.inbox, sockets["inbox"]["endpoints"])
        for name in ("packets_in", "octets_in", "packets_out", "octets_out"):
            self.assertGreater(sockets["inbox"][name], 0)
        self.assertEqual(sockets["outlet"]["type"], "XPUB")
        self.assertGreater(sockets["beacon"]["packets_out"], 0)
        out, _ = self.kith(OK, "sockets", self.beacon.instance, "--all")
        self.assertRegex(out, r"(?m)^inbox +ROUTER +bound +tcp://127")
        self.kith(NOBODY, "sockets", "nobody", "--timeout", "0.3")

    def test_doctor_finds_nothing_wrong_and_names_what_is(self):
        out, _ = self.kith(OK, "doctor", "--json")
        report = json.loads(out)
        self.assertEqual(report["heard"], 1)
        codes = {one["code"]: one for one in report["findings"]}
        self.assertEqual(codes["welcomed"]["subject"], self.beacon.instance)
        self.assertEqual(codes["multicast"]["subject"], "lo")
        self.assertIn("the clock of 1 node is", codes["clocks"]["found"])

        def named(*args, wait="0.3"):
            out, _ = self.kith(REFUSED, "doctor", "--for", wait, "--json", *args)
            return {one["code"] for one in json.loads(out)["findings"]
                    if one["severity"] == "error"}
        self.assertIn("other_domain", named("--domain", "elsewhere", wait=str(1.7 * SLOWER)))
        self.assertIn("port_closed", named("127.0.0.1:47994"))
        # It does not come to the network: a node would not start.
        self.assertEqual(named("--listen", "tcp://0.0.0.0:*"), {"insecure_address"})
        out, _ = self.kith(REFUSED, "doctor", "--for", "0.3", "127.0.0.1:47994")
        self.assertIn("         next: is the node running?", out)

    def test_doctor_names_faults_that_are_really_there(self):
        stray = self.start_stray("gateway-stray", free_udp_port())
        newer = kith1.Beacon.encode(kith1.random_id(), 1, 0, DOMAIN, "order", "order-new",
                                    "tcp://127.0.0.1:1").replace(b"KITH\x01", b"KITH\x02")
        with tempfile.TemporaryDirectory() as runtime:
            os.chmod(runtime, 0o755)
            doctor = Process(
                ["sh", "-c", 'ulimit -S -n 256; exec "$@"', "sh",
                 *self.command("doctor", "--json", "--for", str(2.5 * SLOWER))],
                stdout=subprocess.PIPE, text=True, env=self.environment(XDG_RUNTIME_DIR=runtime))
            while doctor.poll() is None:
                self.shop.beacons.send(newer)
                time.sleep(0.05)
            out, _ = doctor.communicate()
            found = {one["code"]: one for one in json.loads(out)["findings"]}
        stray.terminate()
        self.assertEqual(stray.wait(10 * SLOWER), 0)
        self.assertEqual(doctor.returncode, REFUSED, out)
        wanted = {"other_version": ("error", "127.0.0.1"), "other_place": ("error", "gateway-stray"),
                  "few_descriptors": ("warning", "ulimit -n"),
                  "runtime_directory_not_used": ("note", runtime)}
        self.assertEqual({code: (one["severity"], one["subject"]) for code, one in found.items()
                          if code in wanted and one["next"]}, wanted)
        self.assertIn("may have 256 descriptors", found["few_descriptors"]["found"])

    def start_stray(self, name, port):
        """A node of this domain that nobody of it hears."""
        heard = kith1.BeaconPort(port)
        self.addCleanup(heard.close)
        started = Process(
            [os.path.join(BIN, "gateway"), "--domain", DOMAIN, "--beacon-port", str(port),
             "--instance", name, "--database", self.shop.path("stray.db")], self.shop.path("stray.log"))
        self.addCleanup(started.kill)
        heard.find(DOMAIN, "gateway")
        return started

    def test_sub_prints_events(self):
        listener = self.start("sub", "order.", "--count", "2", "--for", "20", "--json")
        self.wait_until_subscribed(listener)
        self.place("tool-2")
        self.place("tool-3")
        out, error = listener.communicate(timeout=25 * SLOWER)
        self.assertEqual(listener.returncode, OK, error)
        events = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([e["topic"] for e in events], ["order.placed"] * 2)
        self.assertEqual([e["body"]["key"] for e in events], ["tool-2", "tool-3"])
        self.assertEqual(events[1]["sequence"], events[0]["sequence"] + 1)
        self.assertEqual(events[0]["publisher"], self.beacon.instance)

    def test_pub_reaches_whoever_subscribes(self):
        listener = self.start("sub", "tool.", "--count", "3", "--for", "20", "--json")
        out, _ = self.kith(OK, "pub", "tool.said", "-", "--count", "3", "--every", "0.05", "--json",
                           stdin='{"text": "hello", "number": 1.0}')
        report = json.loads(out)
        self.assertEqual((report["topic"], report["published"]), ("tool.said", 3))
        heard, error = listener.communicate(timeout=25 * SLOWER)
        self.assertEqual(listener.returncode, OK, error)
        events = [json.loads(line) for line in heard.splitlines()]
        self.assertEqual([e["sequence"] for e in events], [1, 2, 3])
        self.assertEqual(events[0]["body"], {"text": "hello", "number": 1.0})
        self.assertEqual(events[0]["id"], report["id"])

    def test_pub_says_that_nobody_subscribes(self):
        out, error = self.kith(NOBODY, "pub", "tool.unheard", "--timeout", "0.3")
        self.assertEqual(out, "")
        self.assertIn("no subscriber of tool.unheard", error)
        out, _ = self.kith(NOBODY, "pub", "tool.unheard", "--timeout", "0.3", "--json")
        self.assertEqual(json.loads(out)["published"], 0)
        for args in (("kith.log.1",), ("tool.said", "{"), ("tool.said", "--count", "0"), ()):
            self.kith(USAGE, "pub", *args)

    def test_pub_for_ever_ends_by_ctrl_c(self):
        listener = self.start("sub", "tool.tick", "--count", "2", "--for", "20")
        ticking = self.start("pub", "tool.tick", "{}", "--every", "0.05", "--quick")
        listener.communicate(timeout=25 * SLOWER)
        self.assertEqual(listener.returncode, OK)
        ticking.send_signal(signal.SIGINT)
        out, _ = ticking.communicate(timeout=10 * SLOWER)
        self.assertEqual(ticking.returncode, OK)
        self.assertIn(" of tool.tick published", out)

    def test_sub_ends_by_ctrl_c_and_by_time(self):
        listener = self.start("sub")
        self.wait_until_subscribed(listener)
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=10 * SLOWER)
        self.assertEqual(listener.returncode, OK)
        listener = self.start("sub", "--count", "5")
        self.wait_until_subscribed(listener)
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=10 * SLOWER)
        self.assertEqual(listener.returncode, INTERRUPTED)
        self.kith(TOO_FEW, "sub", "order.", "--count", "5", "--for", "1.5")
        self.kith(OK, "sub", "order.", "--for", "1.5")

    def wait_until_subscribed(self, listener):
        line = listener.stderr.readline()
        self.assertIn("subscribed to", line)


if __name__ == "__main__":
    unittest.main(verbosity=2)
