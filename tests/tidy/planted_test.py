#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Plants one violation of each rule in a tree of its own: the tidy test must find each, and must
find nothing in the innocent files beside them."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import pages_test
import tidy_test

SPDX = "// SPDX-License-Identifier: MPL-2.0\n"


def long_function(lines):
    return "int f(int a)\n    : member_{a} {\n" + "  a += 1;\n" * (lines - 3) + "}\n"


class Planted(unittest.TestCase):
    def found(self, path, body, header=SPDX):
        with tempfile.TemporaryDirectory() as root:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(header + body)
            return [f"{what}" for _, _, what, _ in tidy_test.findings(root)]

    def assert_found(self, path, body, word, header=SPDX):
        self.assertTrue(any(word in what for what in self.found(path, body, header)),
                        f"{path}: {body!r} was not found, only {self.found(path, body, header)}")

    def assert_silent(self, path, body, word):
        self.assertFalse(any(word in what for what in self.found(path, body)), f"{body!r} was found")

    def assert_clean(self, path, body):
        self.assertEqual(self.found(path, body), [])

    def test_module_table(self):
        self.assert_found("core/src/wire/a.cpp", '#include "rpc/client.hpp"\n', "above it")
        self.assert_found("core/src/rpc/a.cpp", '#include "admin/http.hpp"\n', "above it")
        self.assert_found("core/src/wire/a.cpp", "#include <kith/node.hpp>\n", "of node")
        self.assert_found("core/src/wire/a.cpp", '#include "local.hpp"\n', "no module's file")
        self.assert_found("core/src/manager/a.cpp", "\n", "not a module")
        self.assert_clean("core/src/rpc/a.cpp", '#include "wire/envelope.hpp"\n')

    def test_names(self):
        for name in ("core/src/node/service_manager.hpp", "tools/kith/base/common_options.cpp",
                     "tests/support/helpers.py", "services/base/util.hpp"):
            self.assert_found(name, "#pragma once\n", "a file named")
        self.assert_silent("services/base/uncommonly.hpp", "#pragma once\n", "a file named")

    def test_public_face(self):
        self.assert_found("core/include/kith/a.hpp", '#pragma once\n#include "wire/a.hpp"\n', "public")
        self.assert_found("services/order/a.cpp", '#include "rpc/client.hpp"\n', "is not for")
        self.assert_found("services/order/a.cpp", '#include "payment/store.hpp"\n', "is not for")
        self.assert_found("tools/kith/a.cpp", '#include "rpc/client.hpp"\n', "is not for")
        self.assert_found("services/order/a.cpp", '#include "security/rights.hpp"\n', "is not for")
        self.assert_clean("tools/kith/a.cpp", '#include "security/rights.hpp"\n')
        self.assert_clean("services/payment/a.cpp", '#include "order/order_api.hpp"\n')
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "core/include/kith"))
            for number in range(16):
                with open(os.path.join(root, f"core/include/kith/h{number}.hpp"), "w") as file:
                    file.write(SPDX + "#pragma once\n")
            found = [what for _, _, what, _ in tidy_test.findings(root)]
            self.assertIn("16 public headers", found)

    def test_tool_rooms(self):
        self.assert_found("tools/kith/tap/a.cpp", '#include "kith/trust/trust_file.hpp"\n', "is not for")
        self.assert_found("tools/kith/attic/a.cpp", "\n", "no room")
        self.assert_clean("tools/kith/decode/a.cpp", '#include "kith/zmtp/command.hpp"\n')
        self.assert_clean("tools/kith/a.cpp", '#include "kith/tap/tap_cli.hpp"\n')

    def test_clocks_and_sleep(self):
        for read in ("steady_clock::now()", "system_clock :: now()", "clock_gettime(1, &t)",
                     "time(nullptr)", "std::time(nullptr)"):
            self.assert_found("core/src/rpc/a.cpp", f"auto t = {read};\n", "`")
            self.assert_found("services/order/a.cpp", f"auto t = {read};\n", "`")
            self.assert_clean("core/src/runtime/a.cpp", f"auto t = {read};\n")
        self.assert_found("tests/unit/rpc/a_test.cpp", "std::this_thread::sleep_for(1s);\n", "sleep")
        self.assert_clean("tests/integration/a_test.cpp", "std::this_thread::sleep_for(1s);\n")
        self.assert_found("tools/kith/domain/ls_command.cpp", "auto t = system_clock::now();\n", "`")
        self.assert_clean("tools/kith/trust/trust_cli.cpp", "auto t = system_clock::now();\n")
        self.assert_clean("core/src/rpc/a.cpp", "// steady_clock::now() is the loop's\nrun_time(0);\n")

    def test_foreign_headers(self):
        for header, home in (("zmq.hpp", "transport"), ("zmq.h", "transport"), ("asio.hpp", "runtime"),
                             ("asio/post.hpp", "runtime"), ("sqlite3.h", "sql"),
                             ("sodium.h", "security"), ("msgpack.hpp", "wire")):
            self.assert_found("core/src/peers/a.cpp", f"#include <{header}>\n", header.split("/")[0])
            self.assert_clean(f"core/src/{home}/a.cpp", f"#include <{header}>\n")

    def test_threads(self):
        self.assert_found("core/src/rpc/a.cpp", "std::mutex m;\n", "mutex")
        self.assert_found("core/src/runtime/loop.cpp", "std::scoped_lock l{m};\n", "scoped_lock")
        self.assert_found("core/src/rpc/a.cpp", "std::thread t;\n", "thread")
        self.assert_found("core/src/rpc/a.cpp", "co_spawn(x, detached);\n", "detached")
        self.assert_found("core/src/rpc/a.cpp", "std::random_device d;\n", "random_device")
        self.assert_clean("core/src/runtime/mailbox.cpp", "std::mutex m;\n")

    def test_processes(self):
        started = "import subprocess\nsubprocess.Popen(['order'])\n"
        self.assert_found("tests/soak/a.py", started, "Popen")
        self.assert_silent("tests/support/processes.py", started, "Popen")

    def test_words(self):
        # Spelled in two halves, so that this file does not contain what it looks for.
        for word in ("FIX" + "ME", "TO" + "DO", "NO" + "LINT"):
            self.assert_found("core/src/rpc/a.cpp", f"// {word}: later\n", word)
        self.assert_found("tests/unit/rpc/a_test.cpp", "GTEST_" + "SKIP();\n", "SKIP")
        self.assert_found("tests/unit/rpc/a_test.cpp", "TEST(A, DISABLED_b) {}\n", "DISABLED")
        self.assert_found("core/src/rpc/a.cpp", '#include "../wire/a.hpp"\n', "..")
        self.assert_found("docs/a.md", "see /wo" + "rk/main\n", "/wo" + "rk/")
        self.assert_found("core/src/rpc/a.cpp", "int a;  \n", "blanks")

    def test_documented(self):
        header = "core/include/kith/a.hpp"
        for declared in ("struct a {\n};\n", "template <class T>\nclass a {};\n", "int f();\n",
                         "enum class a { b };\n", "inline constexpr int a = 1;\n", "using a = int;\n"):
            space = "#pragma once\nnamespace kith {\n\n" + declared + "}  // namespace kith\n"
            self.assert_found(header, space, "says nothing")
            self.assert_silent(header, space.replace("\n\n", "\n\n/// It is.\n"), "says nothing")
            self.assert_silent(header, space.replace("namespace kith", "namespace detail"), "says nothing")
        self.assert_silent(header, "template <class T>\nclass a;\ntemplate <>\nstruct b<int> {};\n", "says")
        self.assert_silent(header, "inline int a::f(int b) {\n}\n", "says")

    def test_queues(self):
        self.assert_found("core/src/rpc/a.hpp", "struct a {\n  std::deque<int> waiting_;\n};\n", "in no table")
        self.assert_found("services/order/a.cpp", 'auto a = node.count_queue("mine", 5);\n', "has no row")
        self.assert_found("docs/architecture.md", "## Every queue\n\n| where | maximum | beyond it | counter |\n"
                          "|---|---|---|---|\n| a | 1 | refused | none |\n\n## Next\n", "no counter", header="")
        self.assert_silent("tests/sim/a.cpp", "std::deque<int> waiting_;\n", "in no table")

    def test_sizes(self):
        self.assert_found("services/order/main.cpp", "int a;\n" * 100, "101 lines")
        self.assert_clean("services/order/order.cpp", "int a;\n" * 100)
        self.assert_found("core/src/rpc/a.cpp", long_function(71), "71 lines")
        self.assert_clean("core/src/rpc/a.cpp", long_function(70))
        nested = "namespace a {\nclass b final : public c {\n" + long_function(80) + "};\n}\n"
        self.assert_found("core/src/rpc/a.cpp", nested, "80 lines")
        self.assert_clean("core/src/rpc/a.cpp", "template <class R>\nclass f<R()> {\n" + "int a;\n" * 80 + "};\n")
        self.assert_found("core/src/rpc/a.cpp", "int a;\n" * 600, "601 lines")
        self.assert_found("core/src/rpc/a.cpp", "// " + "a" * 98 + "\n", "101 columns")

    def test_files(self):
        self.assert_found("core/src/rpc/a.cpp", "int a;\n", "licence", header="")
        self.assert_found("scripts/a", "echo\n", "licence", header="#!/bin/sh\n")
        self.assert_found("core/src/rpc/a.hpp", "#pragma once\n", "nothing includes")
        self.assert_found("core/src/rpc/a.hpp", "int a;\n", "pragma once")
        self.assert_found("core/src/a.cpp", "int a;\n", "no build rule")
        self.assert_found("core/src/rpc/a/b/c.cpp", "int a;\n", "no build rule")


class Pages(unittest.TestCase):
    def test_names_of_tests(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "tests"))
            for name, text in (("a_test.cpp", "TEST_F(Door, IsShut) {\n}\n"),
                               ("b_test.py", "class B:\n    def test_it(self):\n        pass\n")):
                with open(os.path.join(root, "tests", name), "w", encoding="utf-8") as file:
                    file.write(text)
            found = pages_test.bad_tests(root, "", "`Door.IsShut`, `b_test.test_it`, `Door.IsOpen`, "
                                         "`b_test.test_that`, `std::string`, `kith.trust`")
            self.assertEqual(list(found), ["there is no test Door.IsOpen",
                                           "there is no test b_test.test_that"])

    def test_a_threat_without_a_test(self):
        head = "# Security\n\n## Threats\n\n| threat | control | tests |\n|---|---|---|\n"
        good = "| a thief | a lock | `Door.IsShut` |\n| octets | a fuzzer | `tests/fuzz/` |\n"
        self.assertEqual(list(pages_test.bad_threats("", "", head + good)), [])
        bad = "| a ghost | none | |\n| rain | `Door.IsShut` | somebody looks |\n"
        after = "\n## Else\n\n| a | b |\n|---|---|\n| c | d |\n"
        self.assertEqual(list(pages_test.bad_threats("", "", head + good + bad + after)),
                         ["no test is named for the threat: a ghost",
                          "no test is named for the threat: rain"])

    def test_pages_show_what_the_tool_has(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "tools", "kith"))
            with open(os.path.join(root, "tools", "kith", "a.cpp"), "w", encoding="utf-8") as file:
                file.write('app.add_subcommand("ls"); add_option("-x,--hex"); table{{"AA", ">BB", "IN WORDS", "CC"}};')
            page = ("```console\n$ kith ls --hex -x\nAA  BB  IN WORDS  CC\n1  2  3  4\n"
                    "$ kith la --hax\nAA  BB  IN WORDS  DD\n```\n")
            self.assertEqual(list(pages_test.bad_console(root, "", page)),
                             ["kith has no command la", "no command of kith has --hax",
                              "no table of kith has a column DD"])


if __name__ == "__main__":
    unittest.main()
